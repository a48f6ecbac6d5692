// How good a set of points is, and which one to take from it: indicators and choices for several
// objectives. Free functions on values; all objectives are minimised and finite, all points of one
// call of the same size (NAS_CHECK). The front itself is in nas/pareto.h, the volume in
// nas/hypervolume.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace nas {

/// How much hypervolume would be lost without each point, in the order of `points`: 0 for those
/// that are dominated, met twice, or not better than the reference in every objective. Exact for
/// any number of objectives. O(n) hypervolumes of n points.
[[nodiscard]] std::vector<double> hypervolume_contributions(std::span<const std::vector<double>> points,
                                                            std::span<const double> reference);

/// Additive epsilon (Zitzler, Thiele, Laumanns, Fonseca and Grunert da Fonseca 2003): the least by
/// which all `points` must improve in every objective so that each of `front` is reached or beaten
/// by one; in the objectives' unit. Negative where all of `front` is beaten; infinite without
/// points. REQUIRES: `front` is not empty.
[[nodiscard]] double additive_epsilon(std::span<const std::vector<double>> points,
                                      std::span<const std::vector<double>> front);

/// IGD+ (Ishibuchi, Masuda, Tanigaki and Nojima 2015): mean distance from `front` to `points`,
/// where only being worse counts as distance; 0 where all of `front` is reached or beaten, infinite
/// without points. Objectives are taken as they are: scale them first. REQUIRES: `front` is not
/// empty.
[[nodiscard]] double igd_plus(std::span<const std::vector<double>> points, std::span<const std::vector<double>> front);

/// The front's member that bulges most: the farthest below the hyperplane through the ends of the
/// axes, once the front is scaled to [0, 1] in each objective; for two objectives the line through
/// the front's two ends (Das 1999, On characterizing the "knee" of the Pareto curve). Index into
/// `points`, the smallest of equals. Objectives in which the whole front is equal do not count.
/// On a front that is hollow everywhere it is one of the ends. Empty if there are no points.
[[nodiscard]] std::optional<std::size_t> knee_point(std::span<const std::vector<double>> points);

/// The front's member that is best under these weights: the least weighted Chebyshev distance to
/// the ideal point, the front being scaled to [0, 1] in each objective. Not the weighted sum, which
/// never reaches the hollows of a front. A weight says how much a loss of the whole range matters;
/// only ratios count. Index into `points`; ties go to the smaller weighted sum, then to the smaller
/// index. Empty if there are no points. REQUIRES: one weight for each objective, none negative, not
/// all 0.
[[nodiscard]] std::optional<std::size_t> best_at_weights(std::span<const std::vector<double>> points,
                                                         std::span<const double> weights);

}  // namespace nas
