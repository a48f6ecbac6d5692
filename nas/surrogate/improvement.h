// Expected hypervolume improvement, exactly: the gain that a candidate's predicted objectives
// promise over what is known.
#pragma once

#include <span>
#include <vector>

namespace nas {

/// A part of the space that no known point dominates: below `upper`, above `lower`, which may be
/// minus infinity; one number an objective.
struct FreeBox {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// Cuts what lies below `reference` and is not dominated by any of `points` into boxes that do not
/// overlap, by slices along the last objective: one objective gives one box, two give a staircase.
/// At most (n + 1)^(m - 1) boxes for n points and m objectives. All minimised.
[[nodiscard]] std::vector<FreeBox> free_boxes(std::vector<std::vector<double>> points,
                                              const std::vector<double>& reference);

/// What is believed of one objective: a normal distribution; a known number has sd 0.
struct Belief {
  double mean = 0;
  double sd = 0;
};

/// Mean of max(limit - y, 0); 0 at minus infinity.
[[nodiscard]] double expected_gain(double limit, const Belief& belief);

/// Expected growth of the hypervolume with independent objectives (Yang, Emmerich, Deutz and Baeck
/// 2019, "Efficient computation of expected hypervolume improvement": a sum over boxes of products
/// over objectives). With one objective it is the expected improvement (Mockus 1975).
[[nodiscard]] double expected_improvement(std::span<const FreeBox> boxes, std::span<const Belief> beliefs);

}  // namespace nas
