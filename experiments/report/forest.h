// A regression forest over genes: which network gives what, learnt from the results of a run. Features are
// categories, as genes are; values are any number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace nas {

struct ForestData {
  std::vector<std::size_t> options;                // of each feature, at least one
  std::vector<std::vector<std::int32_t>> columns;  // [feature][row], each in [0, options)
  std::vector<double> values;                      // [row], finite
};

struct ForestConfig {
  enum class Rows { Bootstrap, All };
  std::size_t trees = 24;
  std::size_t min_leaf = 3;        // rows
  double feature_share = 5.0 / 6;  // tried at each split; as Hutter et al. 2014 have it
  Rows rows = Rows::Bootstrap;
  std::uint64_t seed = 1;
};

/// Options of one feature that lead to a leaf.
struct LeafSide {
  std::size_t feature = 0;
  std::vector<bool> options;
};

/// A box of genotypes with one predicted value. Features that are not in `sides` may be anything.
struct Leaf {
  std::vector<LeafSide> sides;  // each feature at most once
  double value = 0;
};

/// The leaves of one tree; they divide all genotypes.
using TreeLeaves = std::vector<Leaf>;

struct Forest {
  std::vector<TreeLeaves> trees;
  /// Share of the variance that trees explain of rows they were not made of; empty where every row was used.
  std::optional<double> explained;
};

/// Splits divide the options of one feature into two sets; the best one by squared error is found exactly, by the
/// order of the options' means (Fisher 1958). Deterministic. REQUIRES: at least one row.
[[nodiscard]] Forest fit_forest(const ForestData& data, const ForestConfig& config = {});

/// What one tree says of a genotype, given by the option of each feature.
[[nodiscard]] double predict(const TreeLeaves& tree, const std::vector<std::int32_t>& options);

}  // namespace nas
