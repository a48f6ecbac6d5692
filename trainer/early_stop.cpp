#include "trainer/early_stop.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <string>

namespace nas {
namespace {

/// One metric of a curve, smaller is better.
struct Watched {
  std::string name;
  double sign = 1;
};

bool is_an_error(TaskKind task) { return task == TaskKind::Regression || task == TaskKind::Restoration; }

/// Index of the first point that has the best value; 0 where no point has one.
std::size_t best_point(std::span<const CurvePoint> curve, const Watched& watched) {
  double best = std::numeric_limits<double>::infinity();
  std::size_t at = 0;
  for (std::size_t i = 0; i < curve.size(); ++i) {
    const auto found = curve[i].metrics.find(watched.name);
    if (found == curve[i].metrics.end() || !(watched.sign * found->second < best)) continue;
    best = watched.sign * found->second;
    at = i;
  }
  return at;
}

}  // namespace

bool has_converged(std::span<const CurvePoint> curve, TaskKind task, std::int64_t patience) {
  if (patience == 0 || curve.empty()) return false;
  const std::string metric = "val_" + std::string(task_row(task).metrics.front().name);
  const std::size_t improved =
      std::max(best_point(curve, {"val_loss", 1}), best_point(curve, {metric, is_an_error(task) ? 1.0 : -1.0}));
  return curve.size() - 1 - improved >= static_cast<std::size_t>(patience);
}

}  // namespace nas
