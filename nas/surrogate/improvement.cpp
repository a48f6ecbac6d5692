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

/// Boxes over the first `objectives`; `box` holds what is settled of the others.
void cut(Points points, std::size_t objectives, const std::vector<double>& reference, FreeBox& box,
         std::vector<FreeBox>& boxes) {
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

}  // namespace

std::vector<FreeBox> free_boxes(std::vector<std::vector<double>> points, const std::vector<double>& reference) {
  const std::size_t objectives = reference.size();
  NAS_CHECK(objectives > 0, "an objective");
  std::erase_if(points, [&](const auto& point) {
    return !std::ranges::equal(point, reference, [](double a, double b) { return a < b; });
  });
  FreeBox box{std::vector<double>(objectives, -kInfinity), reference};
  std::vector<FreeBox> boxes;
  cut(std::move(points), objectives, reference, box, boxes);
  return boxes;
}

double expected_gain(double limit, const Belief& belief) {
  if (limit == -kInfinity) return 0;
  const double gap = limit - belief.mean;
  if (belief.sd <= 0) return std::max(gap, 0.0);
  const double z = gap / belief.sd;
  const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
  return std::max(gap * normal_probability(z) + belief.sd * density, 0.0);
}

double expected_improvement(std::span<const FreeBox> boxes, std::span<const Belief> beliefs) {
  double sum = 0;
  for (const FreeBox& box : boxes) {
    double volume = 1;
    for (std::size_t k = 0; k < beliefs.size() && volume > 0; ++k) {
      volume *= expected_gain(box.upper[k], beliefs[k]) - expected_gain(box.lower[k], beliefs[k]);
    }
    sum += volume;
  }
  return sum;
}

}  // namespace nas
