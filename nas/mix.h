// A 64-bit word stirred: what counters become random numbers and labels become hashes by.
#pragma once

#include <cstdint>

namespace nas {

/// The finaliser of SplitMix64 (Steele, Lea and Flood 2014); a bijection. Streams of random numbers
/// and hashes of networks are made by it: it never changes.
[[nodiscard]] constexpr std::uint64_t mix(std::uint64_t word) {
  word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ULL;
  word = (word ^ (word >> 27)) * 0x94D049BB133111EBULL;
  return word ^ (word >> 31);
}

}  // namespace nas
