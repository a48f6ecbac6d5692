#include "search_spaces/combinations.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace nas {

std::size_t count_combinations(std::size_t n, std::size_t k, std::size_t limit) {
  if (k > n) return 0;
  k = std::min(k, n - k);
  std::uint64_t count = 1;
  for (std::uint64_t i = 1; i <= k; ++i) {
    if (count > std::numeric_limits<std::uint64_t>::max() / n) return limit + 1;
    count = count * (n - k + i) / i;
    if (count > limit) return limit + 1;
  }
  return count;
}

std::vector<std::size_t> combination(std::size_t n, std::size_t k, std::size_t index) {
  std::vector<std::size_t> set;
  for (std::size_t next = 0; set.size() < k; ++next) {
    // Sets that go on with `next`: any choice of the rest from the larger numbers.
    const std::size_t with_next =
        count_combinations(n - next - 1, k - set.size() - 1, std::numeric_limits<std::size_t>::max() - 1);
    if (index < with_next) {
      set.push_back(next);
    } else {
      index -= with_next;
    }
  }
  return set;
}

}  // namespace nas
