// Counter-based random streams. A stream is a pure function of (run seed, id, purpose), so the
// numbers that one candidate draws do not depend on any other candidate, rank or thread.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "nas/mix.h"

namespace nas {

/// What a stream is for. The values are part of the reproducibility contract: never renumber.
enum class Stream : std::uint64_t {
  Proposal = 1,        // an algorithm's draws for one candidate id
  Training = 2,        // a candidate's training seed
  Sample = 3,          // `nas space sample`
  DataSplit = 4,       // training and validation part
  Initialisation = 5,  // weights
  Shuffle = 6,         // order of examples in an epoch
  Augmentation = 7,    // crops and flips
  Dropout = 8,
  Model = 9,  // which results a surrogate is trained on
  Test = 99,
};

/// SplitMix64's output function (Steele et al. 2014) over a keyed counter. Copyable value; the
/// copy continues the same sequence independently. Not thread-safe: one stream, one thread.
class Rng {
 public:
  Rng(std::uint64_t seed, std::uint64_t id, Stream purpose)
      : key_(mix(mix(mix(seed + kGolden) ^ id) ^ static_cast<std::uint64_t>(purpose))) {}

  /// Uniform over all 64-bit values.
  std::uint64_t next() { return mix(key_ + kGolden * ++counter_); }

  /// Uniform in [0, bound), without bias. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound);

  /// Index in [0, size). REQUIRES: size > 0.
  std::size_t index(std::size_t size) { return static_cast<std::size_t>(below(size)); }

  /// Uniform in [0, 1) with 53 random bits.
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

  /// Fisher-Yates.
  template <class T>
  void shuffle(std::span<T> values) {
    for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[index(i)]);
  }

 private:
  static constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL;

  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace nas
