#include "trainer/stop_rule.h"

#include <optional>

namespace nas {

bool stops(const StopRule& rule, std::int32_t epoch, Metrics metrics) {
  for (const auto& [name, value] : rule.known) metrics[name] = value;
  const std::optional<double> value = evaluate(rule.objective.expression, metrics);
  return value && is_above_bound(rule.bounds, epoch, minimised({rule.objective}, {*value}).front());
}

}  // namespace nas
