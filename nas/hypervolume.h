// Hypervolume: how much of the objective space a set of points dominates. All objectives are
// minimised and finite.
#pragma once

#include <span>
#include <vector>

namespace nas {

/// Volume of what `points` dominate inside the box that ends at `reference`; points that are not
/// better than the reference in every objective add nothing. Exact for any number of objectives: a
/// sweep for two, WFG (While, Bradstreet and Barone 2012) above. REQUIRES: points of the
/// reference's size.
[[nodiscard]] double hypervolume(std::span<const std::vector<double>> points, std::span<const double> reference);

/// The worst value of each objective over all points: the rule for reports. It is of a snapshot: a
/// result worse than all before moves it. Empty if there are no points.
[[nodiscard]] std::vector<double> reference_point(std::span<const std::vector<double>> points);

/// The best value of each objective over all points.
[[nodiscard]] std::vector<double> ideal_point(std::span<const std::vector<double>> points);

/// Hypervolume up to reference_point(points) as a share of the box from ideal_point(points): 0
/// where nothing is known, 1 where one point is best in everything. Objectives in which all points
/// are equal are left out. Comparable only between sets with the same two points.
[[nodiscard]] double normalised_hypervolume(std::span<const std::vector<double>> points);

/// The same share for a box that the caller knows, e.g. that of a whole table; in [0, 1].
[[nodiscard]] double normalised_hypervolume(std::span<const std::vector<double>> points, std::span<const double> ideal,
                                            std::span<const double> reference);

}  // namespace nas
