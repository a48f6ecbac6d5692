#include "trainer/stop_rule.h"

#include <optional>

namespace nas {

bool stops(const StopRule& rule, std::int32_t epoch, Metrics metrics) {
  const auto index = static_cast<std::size_t>(epoch - 1);
  if (index >= rule.bounds.size()) return false;
  for (const auto& [name, value] : rule.known) metrics[name] = value;
  const std::optional<double> value = evaluate(rule.objective.expression, metrics);
  return value && minimised({rule.objective}, {*value}).front() > rule.bounds[index];
}

}  // namespace nas
