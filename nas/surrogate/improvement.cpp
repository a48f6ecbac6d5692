#include "nas/surrogate/improvement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "nas/check.h"
#include "nas/surrogate/normal_scores.h"

namespace nas {
namespace {

using Points = std::vector<std::vector<double>>;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool covers(const std::vector<double>& a, const std::vector<double>& b, std::size_t objectives) {
  for (std::size_t k = 0; k < objectives; ++k) {
    if (a[k] > b[k]) return false;
  }
  return true;
}

/// Those that no other covers in the first `objectives`; one of equals.
Points thin_out(Points points, std::size_t objectives) {
  Points kept;
  for (std::vector<double>& point : points) {
    const auto covers_it = [&](const auto& other) { return covers(other, point, objectives); };
    if (std::ranges::any_of(kept, covers_it)) continue;
    std::erase_if(kept, [&](const auto& other) { return covers(point, other, objectives); });
    kept.push_back(std::move(point));
  }
  return kept;
}

/// A box by its corners, one number an objective.
struct Box {
  std::vector<double> lower;
  std::vector<double> upper;
};

/// Boxes over the first `objectives`; `box` holds what is settled of the others.
void cut(Points points, std::size_t objectives, const std::vector<double>& reference, Box& box,
         std::vector<Box>& boxes) {
  const std::size_t last = objectives - 1;
  points = thin_out(std::move(points), objectives);
  std::ranges::sort(points, {}, [&](const auto& point) { return point[last]; });
  box.lower[last] = -kInfinity;
  if (last == 0) {
    box.upper[0] = points.empty() ? reference[0] : points[0][0];
    boxes.push_back(box);
    return;
  }
  Points below;  // whose last objective is no hindrance in this slice
  for (std::size_t i = 0; i <= points.size(); ++i) {
    box.upper[last] = i < points.size() ? points[i][last] : reference[last];
    if (box.upper[last] > box.lower[last]) cut(below, last, reference, box, boxes);
    box.lower[last] = box.upper[last];
    if (i < points.size()) below.push_back(points[i]);
  }
}

/// Minus infinity and all that a box ends at, rising.
std::vector<double> limits_of(const std::vector<Box>& boxes, std::size_t objective) {
  std::vector<double> limits = {-kInfinity};
  for (const Box& box : boxes) limits.push_back(box.upper[objective]);
  std::ranges::sort(limits);
  limits.erase(std::unique(limits.begin(), limits.end()), limits.end());
  return limits;
}

std::size_t place_of(double limit, const std::vector<double>& limits) {
  return static_cast<std::size_t>(std::ranges::lower_bound(limits, limit) - limits.begin());
}

}  // namespace

FreeSpace free_space(std::vector<std::vector<double>> points, const std::vector<double>& reference) {
  const std::size_t objectives = reference.size();
  NAS_CHECK(objectives > 0, "an objective");
  std::erase_if(points, [&](const auto& point) {
    return !std::ranges::equal(point, reference, [](double a, double b) { return a < b; });
  });
  Box box{std::vector<double>(objectives, -kInfinity), reference};
  std::vector<Box> boxes;
  cut(std::move(points), objectives, reference, box, boxes);
  FreeSpace space;
  for (std::size_t k = 0; k < objectives; ++k) space.limits.push_back(limits_of(boxes, k));
  for (const Box& one : boxes) {
    for (std::size_t k = 0; k < objectives; ++k) {
      space.sides.push_back({place_of(one.lower[k], space.limits[k]), place_of(one.upper[k], space.limits[k])});
    }
  }
  return space;
}

double expected_gain(double limit, const Belief& belief) {
  if (limit == -kInfinity) return 0;
  const double gap = limit - belief.mean;
  if (belief.sd <= 0) return std::max(gap, 0.0);
  const double z = gap / belief.sd;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  return std::max(gap * normal_probability(z) + belief.sd * density, 0.0);
}

double expected_improvement(const FreeSpace& space, std::span<const Belief> beliefs) {
  const std::size_t objectives = beliefs.size();
  std::vector<std::vector<double>> gains(objectives);  // below each limit
  for (std::size_t k = 0; k < objectives; ++k) {
    for (const double limit : space.limits[k]) gains[k].push_back(expected_gain(limit, beliefs[k]));
  }
  double sum = 0;
  for (std::size_t begin = 0; begin < space.sides.size(); begin += objectives) {
    double volume = 1;
    for (std::size_t k = 0; k < objectives && volume > 0; ++k) {
      const FreeSpace::Side& side = space.sides[begin + k];
      volume *= gains[k][side.upper] - gains[k][side.lower];
    }
    sum += volume;
  }
  return sum;
}

}  // namespace nas
