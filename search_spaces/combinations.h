// Sets of k of the numbers 0..n-1, in lexicographic order: {0,1}, {0,2}, ... {n-2,n-1}.
#pragma once

#include <cstddef>
#include <vector>

namespace nas {

/// How many there are; at most `limit` + 1, so that it never overflows.
[[nodiscard]] std::size_t count_combinations(std::size_t n, std::size_t k, std::size_t limit);

/// The set at this place of the order. REQUIRES: index < count.
[[nodiscard]] std::vector<std::size_t> combination(std::size_t n, std::size_t k, std::size_t index);

}  // namespace nas
