#include "nas/rng.h"

#include "nas/check.h"

namespace nas {

std::uint64_t Rng::below(std::uint64_t bound) {
  NAS_CHECK(bound > 0, "a random choice needs at least one option");
  // Values under 2^64 mod bound would make the low remainders likelier.
  const std::uint64_t biased = (0 - bound) % bound;
  for (;;) {
    const std::uint64_t value = next();
    if (value >= biased) return value % bound;
  }
}

}  // namespace nas
