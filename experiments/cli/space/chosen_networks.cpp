#include "experiments/cli/space/chosen_networks.h"

#include <fmt/format.h>

#include <utility>

namespace nas {

Result<std::vector<std::string>> architecture_names(const TextSpace& space, const std::vector<std::string>& asked) {
  const std::vector<std::string> known = space.architectures();
  std::vector<std::string> names;
  for (const std::string& name : asked) {
    if (name == "all" && !known.empty()) {
      names.insert(names.end(), known.begin(), known.end());
      continue;
    }
    auto spelt = space.architecture_name(name);
    if (!spelt) return Error{fmt::format("--architecture {}: {}", name, spelt.error().message)};
    names.push_back(std::move(*spelt));
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
