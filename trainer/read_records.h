// Records of a set as tensors.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>

#include "nas/result.h"
#include "trainer/data/data_set.h"

namespace nas {

struct StoredTensors {
  at::Tensor inputs;   // (records, channels, sizes...) of facts.element
  at::Tensor targets;  // (records, channels, sizes...) of facts.target_element; undefined where there are none
};

struct ReadOptions {
  std::int64_t threads = 1;
  bool pinned = false;  // memory that a GPU copies from while it computes
};

/// These records in their order, on the CPU. Error: of the first one that can't be read or used.
[[nodiscard]] Result<StoredTensors> read_records(const DataFacts& facts, const RecordReader& reader,
                                                 std::span<const std::int64_t> records, const ReadOptions& options);

}  // namespace nas
