// Which choices matter: how much of a metric's variance over the space comes from each gene, by functional ANOVA on a
// fitted forest (Hutter, Hoos and Leyton-Brown 2014).
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "experiments/report/forest.h"

namespace nas {

struct PairShare {
  std::size_t first = 0;  // features
  std::size_t second = 0;
  double share = 0;
  bool operator==(const PairShare&) const = default;
};

struct Importance {
  std::vector<double> single;       // of each feature, 0 to 1
  std::vector<PairShare> pairs;     // beyond what both do alone; the largest first
  std::optional<double> explained;  // as Forest::explained
};

/// Probabilities of each option, by feature; each sums to 1.
using OptionWeights = std::vector<std::vector<double>>;

/// Shares of the variance of a tree's values where every feature is drawn by `weights`, independently: exact sums over
/// the leaves, the mean over the trees that vary at all. Pairs only of the `most` strongest features.
[[nodiscard]] Importance importance_of(const Forest& forest, const OptionWeights& weights, std::size_t most = 8);

}  // namespace nas
