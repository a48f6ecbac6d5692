#include "nas/pareto.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "nas/check.h"

namespace nas {
namespace {

bool is_feasible(const ParetoPoint& point) { return point.violation <= 0; }

// A point that dominates another comes before it; equals in order of index.
std::vector<std::size_t> dominators_first(std::span<const ParetoPoint> points) {
  std::vector<std::size_t> order(points.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const double violation_a = is_feasible(points[a]) ? 0 : points[a].violation;
    const double violation_b = is_feasible(points[b]) ? 0 : points[b].violation;
    if (violation_a != violation_b) return violation_a < violation_b;
    return points[a].objectives < points[b].objectives;
  });
  return order;
}

bool any_dominates(std::span<const ParetoPoint> points, const std::vector<std::size_t>& members, std::size_t point) {
  // The latest member is the likeliest to be near.
  return std::any_of(members.rbegin(), members.rend(),
                     [&](std::size_t member) { return dominates(points[member], points[point]); });
}

void add_gaps_of_objective(std::span<const ParetoPoint> points, std::span<const std::size_t> members,
                           std::size_t objective, std::vector<double>& distances) {
  const auto value = [&](std::size_t position) { return points[members[position]].objectives[objective]; };
  std::vector<std::size_t> order(members.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return value(a) != value(b) ? value(a) < value(b) : a < b; });
  const double extent = value(order.back()) - value(order.front());
  if (!(extent > 0)) return;
  distances[order.front()] = std::numeric_limits<double>::infinity();
  distances[order.back()] = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i + 1 < order.size(); ++i) {
    distances[order[i]] += (value(order[i + 1]) - value(order[i - 1])) / extent;
  }
}

}  // namespace

bool dominates(std::span<const double> a, std::span<const double> b) {
  NAS_CHECK(a.size() == b.size(), "points to compare have the same objectives");
  bool better = false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] > b[i]) return false;
    better = better || a[i] < b[i];
  }
  return better;
}

bool dominates(const ParetoPoint& a, const ParetoPoint& b) {
  if (is_feasible(a) && is_feasible(b)) {
    return dominates(std::span<const double>(a.objectives), std::span<const double>(b.objectives));
  }
  if (is_feasible(a) != is_feasible(b)) return is_feasible(a);
  return a.violation < b.violation;
}

std::vector<std::int32_t> domination_ranks(std::span<const ParetoPoint> points) {
  std::vector<std::int32_t> ranks(points.size());
  std::vector<std::vector<std::size_t>> fronts;
  for (const std::size_t point : dominators_first(points)) {
    // A dominator in a later front would itself have one in every front before it.
    const auto front = std::find_if(fronts.begin(), fronts.end(), [&](const std::vector<std::size_t>& members) {
      return !any_dominates(points, members, point);
    });
    ranks[point] = static_cast<std::int32_t>(front - fronts.begin());
    if (front == fronts.end()) {
      fronts.push_back({point});
    } else {
      front->push_back(point);
    }
  }
  return ranks;
}

std::vector<double> crowding_distances(std::span<const ParetoPoint> points, std::span<const std::size_t> members) {
  std::vector<double> distances(members.size(), 0.0);
  if (members.empty()) return distances;
  const std::size_t objectives = points[members.front()].objectives.size();
  for (std::size_t objective = 0; objective < objectives; ++objective) {
    add_gaps_of_objective(points, members, objective, distances);
  }
  return distances;
}

std::vector<std::size_t> pareto_front(std::span<const ParetoPoint> points) {
  std::vector<std::size_t> front;
  for (const std::size_t point : dominators_first(points)) {
    if (!is_feasible(points[point])) break;
    if (!any_dominates(points, front, point)) front.push_back(point);
  }
  std::sort(front.begin(), front.end());
  return front;
}

}  // namespace nas
