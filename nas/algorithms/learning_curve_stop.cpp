#include "nas/algorithms/learning_curve_stop.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nas {
namespace {

// What two thirds are below, or the next greater; NaNs must be gone.
double bound_of(std::vector<double>& values) {
  const auto place = values.begin() + static_cast<std::ptrdiff_t>(values.size() * 2 / 3);
  std::ranges::nth_element(values, place);
  return *place;
}

bool nowhere_more(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](double x, double y) { return x <= y; });
}

}  // namespace

void LearningCurveStop::add(const std::vector<double>& curve, std::vector<double> costs) {
  if (to_ - from_ < 2) return;
  Curve kept{{}, std::move(costs)};
  for (auto epoch = static_cast<std::size_t>(from_); epoch + 1 < static_cast<std::size_t>(to_); ++epoch) {
    kept.values.push_back(epoch < curve.size() ? curve[epoch] : std::numeric_limits<double>::quiet_NaN());
  }
  curves_.push_back(std::move(kept));
  if (curves_.size() > kWindow) curves_.pop_front();
}

std::vector<double> LearningCurveStop::bounds(const std::vector<double>& costs) const {
  // What is given before the first bound must never stop anything.
  std::vector<double> bounds(static_cast<std::size_t>(from_), std::numeric_limits<double>::max());
  bool any = false;
  for (std::size_t i = 0; i + 1 < static_cast<std::size_t>(to_ - from_); ++i) {
    std::vector<double> values;
    for (const Curve& curve : curves_) {
      if (nowhere_more(curve.costs, costs) && !std::isnan(curve.values[i])) values.push_back(curve.values[i]);
    }
    const bool known = values.size() >= kFewest;
    bounds.push_back(known ? bound_of(values) : std::numeric_limits<double>::max());
    any = any || known;
  }
  return any ? bounds : std::vector<double>{};
}

std::optional<std::vector<double>> costs_beside_training(const std::vector<Objective>& objectives,
                                                         const Metrics& computed) {
  if (objectives.empty() || evaluate(objectives.front().expression, computed)) return std::nullopt;
  std::vector<double> costs;
  for (std::size_t k = 1; k < objectives.size(); ++k) {
    const auto value = evaluate(objectives[k].expression, computed);
    if (!value) return std::nullopt;
    costs.push_back(minimised({objectives[k]}, {*value}).front());
  }
  return costs;
}

}  // namespace nas
