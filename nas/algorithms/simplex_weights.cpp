#include "nas/algorithms/simplex_weights.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

using Weights = std::vector<std::vector<double>>;

// The root above 1 of x^(dimensions + 1) = x + 1, the golden ratio for one dimension.
double generalised_golden_ratio(std::size_t dimensions) {
  double root = 2;
  for (int i = 0; i < 60; ++i) root = std::pow(1 + root, 1.0 / static_cast<double>(dimensions + 1));
  return root;
}

// Roberts' additive recurrence in the cube; the gaps between sorted coordinates are uniform in the
// simplex.
Weights quasi_random(std::size_t objectives, std::size_t count) {
  const double root = generalised_golden_ratio(objectives - 1);
  Weights weights;
  for (std::size_t i = 1; i <= count; ++i) {
    std::vector<double> cuts = {0, 1};
    double step = 1;
    for (std::size_t k = 1; k < objectives; ++k) {
      step /= root;
      const double along = 0.5 + step * static_cast<double>(i);
      cuts.push_back(along - std::floor(along));
    }
    std::sort(cuts.begin(), cuts.end());
    std::vector<double> weight(objectives);
    for (std::size_t k = 0; k < objectives; ++k) weight[k] = cuts[k + 1] - cuts[k];
    weights.push_back(std::move(weight));
  }
  return weights;
}

double squared_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

Weights evenly_spaced(std::size_t count) {
  Weights weights;
  for (std::size_t i = 0; i < count; ++i) {
    const double share = count > 1 ? static_cast<double>(i) / static_cast<double>(count - 1) : 0.5;
    weights.push_back({share, 1 - share});
  }
  return weights;
}

}  // namespace

std::vector<std::vector<double>> simplex_weights(std::size_t objectives, std::size_t count) {
  NAS_CHECK(objectives > 0, "weights need at least one objective");
  if (objectives == 1) return Weights(count, {1.0});
  if (objectives == 2) return evenly_spaced(count);
  const Weights candidates = quasi_random(objectives, std::max<std::size_t>(5000, 10 * count));
  std::vector<double> nearest(candidates.size(), std::numeric_limits<double>::infinity());
  Weights weights;
  while (weights.size() < count) {
    if (weights.size() < objectives) {
      weights.emplace_back(objectives, 0.0);
      weights.back()[weights.size() - 1] = 1;
    } else {
      const auto farthest = std::max_element(nearest.begin(), nearest.end()) - nearest.begin();
      weights.push_back(candidates[static_cast<std::size_t>(farthest)]);
    }
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      nearest[i] = std::min(nearest[i], squared_distance(candidates[i], weights.back()));
    }
  }
  return weights;
}

}  // namespace nas
