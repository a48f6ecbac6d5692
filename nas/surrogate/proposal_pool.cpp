#include "nas/surrogate/proposal_pool.h"

#include <algorithm>
#include <utility>

namespace nas {
namespace {

constexpr std::size_t kNeighbours = 300;
constexpr std::size_t kChildren = 100;
constexpr std::size_t kMutants = 72;
constexpr std::size_t kMutated = 3;  // best parents
constexpr std::size_t kSamples = 100;

}  // namespace

std::vector<Proposal> propose_children(const SearchSpace& space, const Neighbourhood& neighbourhood,
                                       std::span<const Parent> parents, Rng& rng) {
  std::vector<Proposal> pool;
  for (const Parent& parent : parents) {
    for (const Move move : neighbourhood.moves_from(parent.genotype)) {
      pool.push_back({neighbourhood.moved(parent.genotype, move, rng), {parent.id}, "mutation"});
    }
  }
  if (pool.size() > kNeighbours) {
    rng.shuffle(std::span(pool));
    pool.resize(kNeighbours);
  }
  for (std::size_t i = 0; i < kChildren && parents.size() > 1; ++i) {
    const Parent& mother = parents[rng.index(parents.size())];
    const Parent& father = parents[rng.index(parents.size())];
    if (mother.id == father.id) continue;
    Genotype child = space.mutate(space.crossover(mother.genotype, father.genotype, rng), rng);
    pool.push_back({std::move(child), {mother.id, father.id}, "crossover"});
  }
  const std::size_t mutated = std::min(kMutated, parents.size());
  for (std::size_t i = 0; i < kMutants && mutated > 0; ++i) {
    const Parent& parent = parents[i % mutated];
    pool.push_back({neighbourhood.kicked(parent.genotype, 2, rng), {parent.id}, "mutation"});
  }
  for (std::size_t i = 0; i < kSamples; ++i) pool.push_back({space.sample(rng), {}, "sample"});
  return pool;
}

}  // namespace nas
