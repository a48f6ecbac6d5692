// Features of genotypes' networks, worked out once for all runs on a space.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <unordered_map>

#include "nas/genotype_hash.h"
#include "nas/search_space.h"
#include "nas/surrogate/graph_features.h"

namespace nas {

/// A pure function with a bounded memory; may be called from several threads.
class FeatureMemo {
 public:
  /// `space` must outlive it.
  explicit FeatureMemo(const SearchSpace& space) : space_(space) {}

  /// Empty where the genotype has no network. REQUIRES: the space has networks.
  [[nodiscard]] GraphFeatures features(const Genotype& genotype);

 private:
  static constexpr std::size_t kShards = 64;        // so that threads seldom meet
  static constexpr std::size_t kMostOfOne = 4'096;  // some 200 MB in all
  struct Shard {
    std::mutex lock;
    std::unordered_map<Genotype, GraphFeatures, GenotypeHash> known;
  };

  const SearchSpace& space_;
  std::array<Shard, kShards> shards_;
};

}  // namespace nas
