// Which records of a batch are one process's, where several processes train one network. Needs no torch.
#pragma once

#include <cstdint>

namespace nas {

/// Of a process among those that train one network.
struct ProcessPlace {
  int rank = 0;
  int size = 1;
};

struct BatchShare {
  std::int64_t first = 0;
  std::int64_t count = 0;
  std::int64_t whole = 0;  // records of the batch
};

/// Contiguous, in the order of ranks, sizes differ by one at most.
[[nodiscard]] constexpr BatchShare share_of(std::int64_t whole, const ProcessPlace& place) {
  const std::int64_t first = whole * place.rank / place.size;
  return {first, whole * (place.rank + 1) / place.size - first, whole};
}

}  // namespace nas
