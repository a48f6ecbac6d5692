#include "experiments/search/exit_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "nas/network.h"

namespace nas {

std::vector<std::string> exit_names(const SearchSpace& space) {
  constexpr int kSamples = 100;
  if (!space.has_network()) return {};
  std::optional<std::vector<std::string>> common;
  Rng rng(0, 0, Stream::Sample);
  for (int i = 0; i < kSamples; ++i) {
    const auto network = space.decode(space.sample(rng));
    if (!network) continue;
    std::vector<std::string> names;
    for (const Exit& exit : network->exits) {
      if (!exit.auxiliary) names.push_back(exit.name);
    }
    if (!common) common = names;
    std::erase_if(*common, [&](const std::string& name) { return std::count(names.begin(), names.end(), name) == 0; });
  }
  return common.value_or(std::vector<std::string>{});
}

std::vector<std::string> metrics_of_exits(const std::vector<std::string>& bases,
                                          const std::vector<std::string>& exits) {
  std::vector<std::string> names;
  for (const std::string& base : bases) {
    for (const std::string& exit : exits) names.push_back(fmt::format("{}.{}", base, exit));
  }
  return names;
}

std::vector<std::string> count_names(const std::vector<std::string>& exits) {
  std::vector<std::string> names = {"params", "macs"};
  const std::vector<std::string> of_exits = metrics_of_exits(names, exits);
  names.insert(names.end(), of_exits.begin(), of_exits.end());
  return names;
}

}  // namespace nas
