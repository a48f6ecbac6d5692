// What a whole space holds, by going through every genotype.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "nas/search_space.h"

namespace nas {

struct NetworkCounts {
  std::uint64_t genotypes = 0;
  std::uint64_t violating = 0;     // genotypes that a constraint refuses; they count in none of the following
  std::uint64_t networks = 0;      // distinct canonical hashes
  std::uint64_t disconnected = 0;  // genotypes whose output does not depend on the input
  std::uint64_t failed = 0;        // genotypes that cannot be decoded
  std::string failure;             // why the first of them (in the order of the enumeration) cannot

  /// Classes of networks that are alike; all disconnected ones are one.
  [[nodiscard]] std::uint64_t classes() const { return networks + (disconnected > 0 ? 1 : 0); }
};

/// Decodes all canonical genotypes on all cores. `progress` is called from the calling thread now
/// and then with the number of genotypes done. REQUIRES: the space has a network.
[[nodiscard]] NetworkCounts count_networks(const SearchSpace& space,
                                           const std::function<void(std::uint64_t)>& progress);

}  // namespace nas
