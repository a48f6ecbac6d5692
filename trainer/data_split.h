// Which records are for training and which for validation.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/data/data_set.h"
#include "trainer/data_options.h"

namespace nas {

/// Indices of records, ascending, disjoint.
struct DataSplit {
  std::vector<std::int64_t> train;
  std::vector<std::int64_t> validation;
  bool operator==(const DataSplit&) const = default;
};

/// Stratified: each class has its share of both parts, to within one record (largest remainders).
/// The validation part depends on `validation`, `seed` and the labels alone, so searches with
/// fewer training records are judged on the same ones. REQUIRES: train + validation <= labels.
[[nodiscard]] DataSplit split_data(std::span<const std::int64_t> labels, std::int64_t train, std::int64_t validation,
                                   std::uint64_t seed);

/// The same for a set: without classes all records count as one, and a fixed validation part is
/// drawn from on its own. `parts` is what describe_parts says of the set; of folds, it is the first one's.
[[nodiscard]] DataSplit split_set(const DataFacts& facts, const DataDescription& parts, std::uint64_t seed);

/// A split for each of `parts.folds`: the records that `parts` speaks of, drawn by split_data, are dealt out class by
/// class, so that each is for validation once, and the folds' sizes and their records of a class differ by one at
/// most. REQUIRES: parts.folds > 1, no fixed validation part.
[[nodiscard]] std::vector<DataSplit> split_folds(const DataFacts& facts, const DataDescription& parts,
                                                 std::uint64_t seed);

}  // namespace nas
