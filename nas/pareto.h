// Who is better than whom with several objectives: domination, ranks, crowding, the front. Free
// functions on values; all objectives are minimised and finite.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace nas {

struct ParetoPoint {
  std::vector<double> objectives;
  double violation = 0;  // of limits, summed; 0: feasible
  bool operator==(const ParetoPoint&) const = default;
};

/// Nowhere worse and somewhere better. REQUIRES: equal sizes.
[[nodiscard]] bool dominates(std::span<const double> a, std::span<const double> b);

/// Constrained domination (Deb et al. 2002, definition 1): a feasible point dominates every
/// infeasible one, a smaller violation a larger one; feasible points by their objectives.
[[nodiscard]] bool dominates(const ParetoPoint& a, const ParetoPoint& b);

/// Rank of each point: 0 for the front, 1 for the front of the rest, and so on; equal points share
/// a rank. Efficient non-dominated sort (Zhang et al. 2015); at worst O(n^2) comparisons.
[[nodiscard]] std::vector<std::int32_t> domination_ranks(std::span<const ParetoPoint> points);

/// Crowding distance (Deb et al. 2002, section III-B) of each of `members` (indices into `points`)
/// among each other, in the order of `members`: infinite at both ends of any objective. Equal
/// values are ordered by their place in `members`. An objective in which all are equal counts
/// nothing.
[[nodiscard]] std::vector<double> crowding_distances(std::span<const ParetoPoint> points,
                                                     std::span<const std::size_t> members);

/// Indices, rising, of the feasible points that no other feasible point dominates. Equal points
/// are all on the front. O(n log n + n * front) comparisons.
[[nodiscard]] std::vector<std::size_t> pareto_front(std::span<const ParetoPoint> points);

}  // namespace nas
