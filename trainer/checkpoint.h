// A training between two steps, as bytes and back. Format: docs/formats.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nas/candidate.h"
#include "nas/result.h"
#include "trainer/energy_counter.h"
#include "trainer/epoch_progress.h"
#include "trainer/layer.h"

namespace nas {

/// Raised when an older reader would misread it.
inline constexpr int kCheckpointFormat = 2;

/// Where a training stands. Random streams are functions of the seed, the epoch and the step's number and need no place
/// here.
struct TrainingPosition {
  std::int32_t epoch = 0;        // epochs done
  std::int64_t steps = 0;        // of these
  EpochProgress next = {};       // of the epoch after them
  std::int64_t images = 0;       // that were trained on, over all epochs
  double train_seconds = 0;      // of the steps
  double peak_memory_bytes = 0;  // so far
  CountedEnergy energy{};        // of the steps, where a counter is read
  std::vector<CurvePoint> curve;
  bool operator==(const TrainingPosition&) const = default;
};

/// A safetensors file: the tensors by name, everything else in its metadata, with a checksum.
[[nodiscard]] std::string checkpoint_bytes(const TrainingPosition& position, std::span<const NamedTensor> tensors,
                                           const std::string& fingerprint);

/// Fills `tensors` (which keep their device and strides). Error: cut off, damaged, of another
/// format or training, or farther than `most_epochs`; then no tensor was touched. Safe on any
/// bytes.
[[nodiscard]] Result<TrainingPosition> restore_checkpoint(std::string_view bytes, std::span<const NamedTensor> tensors,
                                                          const std::string& fingerprint, std::int64_t most_epochs);

}  // namespace nas
