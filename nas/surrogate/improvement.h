// Expected hypervolume improvement, exactly: the gain that a candidate's predicted objectives
// promise over what is known.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nas {

/// What no known point dominates, as boxes that do not overlap.
struct FreeSpace {
  /// A side of a box: from one of its objective's limits to another.
  struct Side {
    std::size_t lower = 0;
    std::size_t upper = 0;
  };
  std::vector<std::vector<double>> limits;  // by objective, rising; the first is minus infinity
  std::vector<Side> sides;                  // (boxes, objectives)

  [[nodiscard]] std::size_t boxes() const { return sides.size() / limits.size(); }
};

/// What lies below `reference` and is not dominated by any of `points`, by slices along the last
/// objective: one objective gives one box, two give a staircase. At most (n + 1)^(m - 1) boxes for n
/// points and m objectives. All minimised.
[[nodiscard]] FreeSpace free_space(std::vector<std::vector<double>> points, const std::vector<double>& reference);

/// What is believed of one objective: a normal distribution; a known number has sd 0.
struct Belief {
  double mean = 0;
  double sd = 0;
};

/// Mean of max(limit - y, 0); 0 at minus infinity.
[[nodiscard]] double expected_gain(double limit, const Belief& belief);

/// Expected growth of the hypervolume with independent objectives (Yang, Emmerich, Deutz and Baeck
/// 2019, "Efficient computation of expected hypervolume improvement": a sum over boxes of products
/// over objectives, whose factors come from one gain a limit). With one objective it is the expected improvement
/// (Mockus 1975).
[[nodiscard]] double expected_improvement(const FreeSpace& space, std::span<const Belief> beliefs);

}  // namespace nas
