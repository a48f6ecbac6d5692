// What is worked out of genotypes, remembered for all runs on a space.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "nas/genotype_hash.h"

namespace nas {

/// A pure function of a genotype with a bounded memory; may be called from several threads.
template <class Value>
class GenotypeMemo {
 public:
  static constexpr std::size_t kShards = 64;             // so that threads seldom meet
  static constexpr std::size_t kMostOfShard = 1U << 12;  // some 260,000 genotypes in all

  /// `work` is pure and safe to call from several threads.
  explicit GenotypeMemo(std::function<Value(const Genotype&)> work) : work_(std::move(work)) {}

  [[nodiscard]] Value of(const Genotype& genotype) {
    Shard& shard = shards_[GenotypeHash{}(genotype) % kShards];
    {
      const std::lock_guard guard(shard.lock);
      if (const auto found = shard.known.find(genotype); found != shard.known.end()) return found->second;
    }
    Value value = work_(genotype);  // unlocked: it may take long
    const std::lock_guard guard(shard.lock);
    if (shard.known.size() < kMostOfShard) shard.known.emplace(genotype, value);
    return value;
  }

 private:
  struct Shard {
    std::mutex lock;
    std::unordered_map<Genotype, Value, GenotypeHash> known;
  };

  std::function<Value(const Genotype&)> work_;
  std::array<Shard, kShards> shards_;
};

}  // namespace nas
