// `nas predict`: a trained network on new data.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

struct PredictOptions {
  std::filesystem::path model;  // what nas export wrote
  std::vector<std::filesystem::path> inputs;
  std::filesystem::path out;                    // its ending says the format
  std::string array;                            // of .npz files
  std::string exit;                             // empty: the network's output
  std::optional<double> confidence;             // stop at the first exit that is so sure
  std::int64_t passes = 0;                      // with dropout
  std::uint64_t seed = 1;                       // of dropout
  std::int64_t tile = kAutoTile;                // longest side of tiles
  std::int64_t memory_mib = kDefaultMemoryMib;  // of tensors, where the tile is `auto`
  std::int64_t batch = kDefaultBatch;
  enum class Seams { Refuse, Accept };
  Seams seams = Seams::Refuse;
  bool probabilities = false;  // segmentation
  enum class Existing { Refuse, Replace };
  Existing existing = Existing::Refuse;

  static constexpr std::int64_t kAutoTile = 0;
  static constexpr std::int64_t kDefaultMemoryMib = 1024;
  static constexpr std::int64_t kDefaultBatch = 32;
};

struct PredictReport {
  std::vector<std::filesystem::path> files;  // that were written
  std::vector<std::string> notes;            // how it was computed, for people
};

/// All or nothing: files are written beside `out` and renamed at the end. Error: a model, an input or
/// a combination of options that can't be used; nothing is written then.
[[nodiscard]] Result<PredictReport> predict(const PredictOptions& options);

}  // namespace nas
