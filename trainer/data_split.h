// Which images are for training and which for validation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nas {

/// Indices of images, ascending, disjoint.
struct DataSplit {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation;
  bool operator==(const DataSplit&) const = default;
};

/// Stratified: each class has its share of both parts, to within one image (largest remainders).
/// The validation part depends on `validation`, `seed` and the labels alone, so searches with
/// fewer training images are judged on the same ones. REQUIRES: train + validation <= labels.
[[nodiscard]] DataSplit split_data(std::span<const std::uint8_t> labels, std::int64_t train, std::int64_t validation,
                                   std::uint64_t seed);

}  // namespace nas
