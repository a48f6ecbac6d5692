#include "nas/hypervolume.h"

#include <algorithm>
#include <cstddef>
#include <limits>

#include "nas/check.h"
#include "nas/pareto.h"

namespace nas {
namespace {

using Points = std::vector<std::vector<double>>;

Points undominated(const Points& points) {
  std::vector<ParetoPoint> compared;
  compared.reserve(points.size());
  for (const std::vector<double>& point : points) compared.push_back({point, 0});
  Points kept;
  for (const std::size_t i : pareto_front(compared)) kept.push_back(points[i]);
  return kept;
}

double sweep(Points points, std::span<const double> reference) {
  std::sort(points.begin(), points.end());
  double volume = 0;
  double height = reference[1];
  for (const std::vector<double>& point : points) {
    if (point[1] >= height) continue;
    volume += (reference[0] - point[0]) * (height - point[1]);
    height = point[1];
  }
  return volume;
}

double box(const std::vector<double>& point, std::span<const double> reference) {
  double volume = 1;
  for (std::size_t i = 0; i < reference.size(); ++i) volume *= reference[i] - point[i];
  return volume;
}

// The later points, each made no better than `points[i]`, without the last objective.
Points limited(const Points& points, std::size_t i, std::size_t objectives) {
  Points result;
  for (std::size_t j = i + 1; j < points.size(); ++j) {
    std::vector<double> point(objectives);
    for (std::size_t k = 0; k < objectives; ++k) point[k] = std::max(points[i][k], points[j][k]);
    result.push_back(std::move(point));
  }
  return result;
}

// With the worst in the last objective first, what a point adds to the later ones is a prism: its
// extent in the last objective times what it adds in the others.
double wfg(Points points, std::span<const double> reference) {
  if (points.empty()) return 0;
  const std::size_t last = reference.size() - 1;
  if (last == 0) return reference[0] - std::min_element(points.begin(), points.end())->front();
  if (last == 1) return sweep(std::move(points), reference);
  points = undominated(points);
  std::sort(points.begin(), points.end(), [&](const auto& a, const auto& b) { return a[last] > b[last]; });
  const std::span<const double> others = reference.first(last);
  double volume = 0;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const double added = box(points[i], others) - wfg(limited(points, i, last), others);
    volume += (reference[last] - points[i][last]) * added;
  }
  return volume;
}

template <class Better>
std::vector<double> extreme_point(std::span<const std::vector<double>> points, Better better) {
  if (points.empty()) return {};
  std::vector<double> extreme = points.front();
  for (const std::vector<double>& point : points) {
    NAS_CHECK(point.size() == extreme.size(), "points of a hypervolume have the same objectives");
    for (std::size_t i = 0; i < point.size(); ++i) {
      if (better(point[i], extreme[i])) extreme[i] = point[i];
    }
  }
  return extreme;
}

}  // namespace

double hypervolume(std::span<const std::vector<double>> points, std::span<const double> reference) {
  NAS_CHECK(!reference.empty(), "a hypervolume needs at least one objective");
  Points inside;
  for (const std::vector<double>& point : points) {
    NAS_CHECK(point.size() == reference.size(), "points of a hypervolume have the reference's objectives");
    const bool better = std::equal(point.begin(), point.end(), reference.begin(), std::less<>());
    if (better) inside.push_back(point);
  }
  return wfg(std::move(inside), reference);
}

std::vector<double> reference_point(std::span<const std::vector<double>> points) {
  return extreme_point(points, std::greater<>());
}

std::vector<double> ideal_point(std::span<const std::vector<double>> points) {
  return extreme_point(points, std::less<>());
}

double normalised_hypervolume(std::span<const std::vector<double>> points) {
  return normalised_hypervolume(points, ideal_point(points), reference_point(points));
}

double normalised_hypervolume(std::span<const std::vector<double>> points, std::span<const double> ideal,
                              std::span<const double> reference) {
  NAS_CHECK(ideal.size() == reference.size(), "both corners of a box have the same objectives");
  std::vector<std::size_t> varying;
  for (std::size_t i = 0; i < ideal.size(); ++i) {
    if (ideal[i] < reference[i]) varying.push_back(i);
  }
  if (varying.empty()) return 0;
  Points scaled;
  for (const std::vector<double>& point : points) {
    std::vector<double> shares;
    for (const std::size_t i : varying) {
      shares.push_back(std::max(0.0, (point[i] - ideal[i]) / (reference[i] - ideal[i])));
    }
    scaled.push_back(std::move(shares));
  }
  return hypervolume(scaled, std::vector<double>(varying.size(), 1.0));
}

}  // namespace nas
