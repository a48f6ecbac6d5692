#include "experiments/config/expressions.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/read_experiment.h"
#include "experiments/config/shipped_files.h"

namespace nas {

std::vector<Objective> parse_objectives(const YamlNode& root, const std::vector<ObjectiveConfig>& objectives,
                                        const std::function<std::string(std::size_t)>& path_of,
                                        const ExpressionCheck& check, Diagnostics& diagnostics) {
  std::vector<Objective> parsed;
  for (std::size_t i = 0; i < objectives.size(); ++i) {
    const std::string path = path_of(i);
    const Place place = place_of(root, path);
    const Result<Expression> expression = Expression::parse(objectives[i].expression);
    if (!expression) {
      diagnostics.add(place, path, expression.error().message);
      continue;
    }
    check(*expression, place, path);
    parsed.push_back({objectives[i].direction, *expression});
  }
  return parsed;
}

std::vector<Limit> parse_limits(const YamlNode& root, const std::vector<std::string>& limits,
                                const ExpressionCheck& check, Diagnostics& diagnostics) {
  std::vector<Limit> parsed;
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const std::string path = fmt::format("limits.{}", i);
    const Place place = place_of(root, path);
    const Result<Limit> limit = parse_limit(limits[i]);
    if (!limit) {
      diagnostics.add(place, path, limit.error().message);
      continue;
    }
    check(limit->excess, place, path);
    parsed.push_back(*limit);
  }
  return parsed;
}

std::vector<std::string> with_counts(std::vector<std::string> metrics) {
  for (const char* name : {"params", "macs"}) {
    if (std::find(metrics.begin(), metrics.end(), name) == metrics.end()) metrics.emplace_back(name);
  }
  return metrics;
}

std::optional<std::filesystem::path> find_space_file(const YamlNode& root, const std::string& space,
                                                     Diagnostics& diagnostics) {
  const Place place = place_of(root, "space");
  if (root.find("space") == nullptr) {
    diagnostics.add(place, "space", "missing, name a search space such as `space: nas_bench_201`");
    return {};
  }
  // A path is absolute by now, so that no folder matters.
  const auto file = find_space(space, {});
  if (file) return *file;
  diagnostics.add(place, "space", file.error().message);
  return {};
}

}  // namespace nas
