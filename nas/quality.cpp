#include "nas/quality.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "nas/check.h"
#include "nas/hypervolume.h"
#include "nas/pareto.h"

namespace nas {
namespace {

using Points = std::vector<std::vector<double>>;

void check_sizes(std::span<const std::vector<double>> points, std::size_t objectives) {
  NAS_CHECK(objectives > 0, "an indicator needs at least one objective");
  for (const std::vector<double>& point : points) {
    NAS_CHECK(point.size() == objectives, "points of an indicator have the same objectives");
  }
}

// What `point` alone dominates: its box less what the others take of it (While, Bradstreet and
// Barone 2012, section II).
double exclusive_volume(std::span<const std::vector<double>> points, std::size_t point,
                        std::span<const double> reference) {
  Points others;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i == point) continue;
    std::vector<double> limited = points[i];
    for (std::size_t k = 0; k < limited.size(); ++k) limited[k] = std::max(limited[k], points[point][k]);
    others.push_back(std::move(limited));
  }
  return hypervolume(points.subspan(point, 1), reference) - hypervolume(others, reference);
}

// The `distance` from each of `front` to its nearest of `points`.
template <class Distance>
std::vector<double> nearest_distances(std::span<const std::vector<double>> points,
                                      std::span<const std::vector<double>> front, const Distance& distance) {
  NAS_CHECK(!front.empty(), "an indicator needs a front to compare with");
  check_sizes(points, front.front().size());
  check_sizes(front, front.front().size());
  std::vector<double> nearest;
  for (const std::vector<double>& target : front) {
    double least = std::numeric_limits<double>::infinity();
    for (const std::vector<double>& point : points) least = std::min(least, distance(point, target));
    nearest.push_back(least);
  }
  return nearest;
}

double largest_excess(const std::vector<double>& point, const std::vector<double>& target) {
  double largest = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < point.size(); ++k) largest = std::max(largest, point[k] - target[k]);
  return largest;
}

double distance_of_excess(const std::vector<double>& point, const std::vector<double>& target) {
  double squares = 0;
  for (std::size_t k = 0; k < point.size(); ++k) {
    const double excess = std::max(0.0, point[k] - target[k]);
    squares += excess * excess;
  }
  return std::sqrt(squares);
}

struct ScaledFront {
  std::vector<std::size_t> members;  // indices into the points, rising
  Points shares;                     // of each member: 0 at the front's best, 1 at its worst
};

ScaledFront scaled_front(std::span<const std::vector<double>> points) {
  if (points.empty()) return {};
  check_sizes(points, points.front().size());
  std::vector<ParetoPoint> compared;
  for (const std::vector<double>& point : points) compared.push_back({point, 0});
  ScaledFront front{pareto_front(compared), {}};
  for (const std::size_t member : front.members) front.shares.push_back(points[member]);
  const std::vector<double> ideal = ideal_point(front.shares);
  const std::vector<double> nadir = reference_point(front.shares);
  for (std::vector<double>& share : front.shares) {
    for (std::size_t k = 0; k < share.size(); ++k) {
      const double extent = nadir[k] - ideal[k];
      share[k] = extent > 0 ? (share[k] - ideal[k]) / extent : 0;
    }
  }
  return front;
}

// The member with the least value, the first of equals.
template <class Value>
std::optional<std::size_t> least(const ScaledFront& front, const Value& value) {
  if (front.members.empty()) return std::nullopt;
  const auto best = std::min_element(front.shares.begin(), front.shares.end(),
                                     [&](const auto& a, const auto& b) { return value(a) < value(b); });
  return front.members[static_cast<std::size_t>(best - front.shares.begin())];
}

}  // namespace

std::vector<double> hypervolume_contributions(std::span<const std::vector<double>> points,
                                              std::span<const double> reference) {
  check_sizes(points, reference.size());
  std::vector<double> contributions;
  for (std::size_t i = 0; i < points.size(); ++i) {
    contributions.push_back(std::max(0.0, exclusive_volume(points, i, reference)));
  }
  return contributions;
}

double additive_epsilon(std::span<const std::vector<double>> points, std::span<const std::vector<double>> front) {
  const std::vector<double> distances = nearest_distances(points, front, largest_excess);
  return *std::max_element(distances.begin(), distances.end());
}

double igd_plus(std::span<const std::vector<double>> points, std::span<const std::vector<double>> front) {
  double sum = 0;
  for (const double distance : nearest_distances(points, front, distance_of_excess)) sum += distance;
  return sum / static_cast<double>(front.size());
}

std::optional<std::size_t> knee_point(std::span<const std::vector<double>> points) {
  // The distance to the plane is (1 - sum) / sqrt(objectives).
  return least(scaled_front(points), [](const std::vector<double>& shares) {
    double sum = 0;
    for (const double share : shares) sum += share;
    return sum;
  });
}

std::optional<std::size_t> best_at_weights(std::span<const std::vector<double>> points,
                                           std::span<const double> weights) {
  if (points.empty()) return std::nullopt;
  NAS_CHECK(weights.size() == points.front().size(), "there is one weight for each objective");
  NAS_CHECK(std::all_of(weights.begin(), weights.end(), [](double weight) { return weight >= 0; }) &&
                std::any_of(weights.begin(), weights.end(), [](double weight) { return weight > 0; }),
            "weights are not negative and not all 0");
  return least(scaled_front(points), [&](const std::vector<double>& shares) {
    double worst = 0;
    double sum = 0;
    for (std::size_t k = 0; k < shares.size(); ++k) {
      worst = std::max(worst, weights[k] * shares[k]);
      sum += weights[k] * shares[k];
    }
    return std::pair(worst, sum);
  });
}

}  // namespace nas
