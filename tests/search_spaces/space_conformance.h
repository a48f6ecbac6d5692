// The laws of nas::SearchSpace, for every space: what comes out is canonical and in range, decoding
// never crashes, mutation changes something, crossover invents nothing, equal streams give equal
// genotypes.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nas/network_json.h"
#include "nas/search_space.h"

namespace nas {

inline void expect_canonical(const SearchSpace& space, const Genotype& genotype) {
  ASSERT_FALSE(check_genotype(space.genes(), genotype).has_value()) << to_string(genotype);
  ASSERT_EQ(canonical(space.genes(), genotype), genotype);
  ASSERT_EQ(genotype_from(to_string(genotype)), genotype);
}

/// An error of `decode` may only be that the output does not depend on the input.
inline void expect_decodes(const SearchSpace& space, const Genotype& genotype) {
  if (!space.has_network()) return;
  const Result<Network> network = space.decode(genotype);
  if (!network) {
    ASSERT_TRUE(is_disconnected(network.error())) << network.error().message;
    return;
  }
  ASSERT_EQ(*network, *space.decode(genotype)) << "decoding the same genotype twice";
  const Result<Network> again = network_from_json(network_to_json(*network));
  ASSERT_TRUE(again.ok()) << again.error().message;
  ASSERT_EQ(*again, *network);
}

/// Every active gene of the child is one of a parent in which it is active, or new there.
inline void expect_inherited(const SearchSpace& space, const Genotype& child, const Genotype& a, const Genotype& b) {
  const auto in_child = active_genes(space.genes(), child);
  const auto in_a = active_genes(space.genes(), a);
  const auto in_b = active_genes(space.genes(), b);
  for (std::size_t i = 0; i < child.genes.size(); ++i) {
    if (!in_child[i] || (!in_a[i] && !in_b[i])) continue;
    const bool from_a = in_a[i] && child.genes[i] == a.genes[i];
    const bool from_b = in_b[i] && child.genes[i] == b.genes[i];
    ASSERT_TRUE(from_a || from_b) << space.genes()[i].name;
  }
}

inline void expect_space_laws(const SearchSpace& space, int rounds) {
  const auto& genes = space.genes();
  ASSERT_FALSE(genes.empty());
  const bool can_change = std::any_of(genes.begin(), genes.end(), [](const Gene& g) { return g.options.size() > 1; });
  Rng rng(3, 0, Stream::Test);
  Rng same(3, 0, Stream::Test);
  Genotype parent = space.sample(rng);
  ASSERT_EQ(space.sample(same), parent);
  for (int i = 0; i < rounds; ++i) {
    const Genotype sample = space.sample(rng);
    const Genotype mutant = space.mutate(parent, rng);
    const Genotype child = space.crossover(sample, mutant, rng);
    ASSERT_EQ(space.sample(same), sample);
    ASSERT_EQ(space.mutate(parent, same), mutant);
    ASSERT_EQ(space.crossover(sample, mutant, same), child);
    for (const Genotype& genotype : {sample, mutant, child}) {
      ASSERT_NO_FATAL_FAILURE(expect_canonical(space, genotype));
      ASSERT_NO_FATAL_FAILURE(expect_decodes(space, genotype));
    }
    ASSERT_TRUE(!can_change || mutant != parent);
    ASSERT_NO_FATAL_FAILURE(expect_inherited(space, child, sample, mutant));
    parent = child;
  }
}

}  // namespace nas
