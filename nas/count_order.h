// The order in which counting takes the genes: how much it must keep in mind depends on it.
#pragma once

#include <cstddef>
#include <vector>

#include "nas/search_space.h"

namespace nas::detail {

/// Indices of all genes, each after those that its conditions name, and such that few genes at a
/// time have been taken that later ones still ask about (a greedy choice, weighted by the logarithm
/// of their options). REQUIRES: conditions form no circle (NAS_CHECK).
[[nodiscard]] std::vector<std::size_t> counting_order(const std::vector<Gene>& genes);

}  // namespace nas::detail
