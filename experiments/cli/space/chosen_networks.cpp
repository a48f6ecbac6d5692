#include "experiments/cli/space/chosen_networks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nas/option.h"

namespace nas {

Result<std::vector<std::string>> architecture_names(const TextSpace& space, const std::vector<std::string>& asked) {
  const std::vector<std::string> known = space.architectures();
  if (known.empty() && !asked.empty()) {
    return Error{fmt::format("--architecture {}: space '{}' has no `architectures:`, give a genotype", asked.front(),
                             space.name())};
  }
  std::vector<std::string> names;
  for (const std::string& name : asked) {
    if (std::find(known.begin(), known.end(), name) != known.end()) {
      names.push_back(name);
    } else if (name == "all") {
      names.insert(names.end(), known.begin(), known.end());
    } else {
      return Error{fmt::format("--architecture {}: space '{}' has no architecture of this name{}", name, space.name(),
                               suggest(name, known))};
    }
  }
  return names;
}

Result<ChosenNetwork> chosen_architecture(const OpenedSpace& opened, const std::string& name) {
  auto build = build_architecture(opened.root, name, opened.overrides);
  if (!build) return build.error();
  return ChosenNetwork{name, std::move(build->space), std::move(build->genotype)};
}

Result<Genotype> sample_with_network(const TextSpace& space, std::uint64_t seed) {
  constexpr std::uint64_t kTries = 1000;
  std::string last;
  for (std::uint64_t i = 0; i < kTries; ++i) {
    Rng rng(seed, i, Stream::Sample);
    const auto genotype = space.try_sample(rng);
    if (!genotype) return genotype.error();
    const auto network = space.decode(*genotype);
    if (network) return *genotype;
    last = network.error().message;
  }
  return Error{fmt::format("none of {} random genotypes has a network, the last: {}", kTries, last)};
}

}  // namespace nas
