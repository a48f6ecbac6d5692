// The networks of a space that a command line asks for: by genotype, by name, or at random.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "experiments/cli/space/open_space.h"

namespace nas {

/// One of them. An architecture has a space of its own: it may change parameters and the input.
struct ChosenNetwork {
  std::string name;  // of the architecture; empty for a genotype
  std::shared_ptr<const TextSpace> space;
  Genotype genotype;
};

/// Names of architectures: what --architecture gave, `all` written out. Error: the nearest name.
[[nodiscard]] Result<std::vector<std::string>> architecture_names(const TextSpace& space,
                                                                  const std::vector<std::string>& asked);

[[nodiscard]] Result<ChosenNetwork> chosen_architecture(const OpenedSpace& opened, const std::string& name);

/// The first random genotype of this seed that has a network. Error: none of 1,000 has.
[[nodiscard]] Result<Genotype> sample_with_network(const TextSpace& space, std::uint64_t seed);

}  // namespace nas
