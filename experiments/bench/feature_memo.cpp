#include "experiments/bench/feature_memo.h"

namespace nas {

GraphFeatures FeatureMemo::features(const Genotype& genotype) {
  Shard& shard = shards_[GenotypeHash{}(genotype) % kShards];
  {
    const std::lock_guard guard(shard.lock);
    if (const auto found = shard.known.find(genotype); found != shard.known.end()) return found->second;
  }
  const auto network = space_.decode(genotype);
  const GraphFeatures features = network ? graph_features(*network) : GraphFeatures{};
  const std::lock_guard guard(shard.lock);
  if (shard.known.size() < kMostOfOne) shard.known.emplace(genotype, features);
  return features;
}

}  // namespace nas
