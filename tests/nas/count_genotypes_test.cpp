#include <gtest/gtest.h>

#include <set>
#include <utility>
#include <vector>

#include "nas/gene_order.h"
#include "nas/search_space.h"
#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using testing::make_gene;
using testing::nested_genes;
using testing::plain_genes;
using testing::switch_genes;
using testing::tangled_genes;

mpz_class power(unsigned long base, unsigned long exponent) {
  mpz_class result;
  mpz_ui_pow_ui(result.get_mpz_t(), base, exponent);
  return result;
}

// Every assignment of options, made canonical: the definition, by brute force.
std::set<Genotype> all_canonical(const std::vector<Gene>& genes) {
  std::set<Genotype> found;
  Genotype genotype{std::vector<std::int32_t>(genes.size(), 0)};
  for (;;) {
    found.insert(canonical(genes, genotype));
    std::size_t gene = 0;
    while (gene < genes.size() && ++genotype.genes[gene] == static_cast<std::int32_t>(genes[gene].options.size())) {
      genotype.genes[gene++] = 0;
    }
    if (gene == genes.size()) return found;
  }
}

// Conditions on genes before or after, in up to three alternatives of up to three.
std::vector<Gene> random_genes(Rng& rng) {
  const std::size_t count = 1 + rng.index(7);
  std::vector<std::size_t> rank(count);  // conditions name genes of a lower rank
  for (std::size_t i = 0; i < count; ++i) {
    rank[i] = i;
    std::swap(rank[i], rank[rng.index(i + 1)]);
  }
  std::vector<Gene> genes;
  for (std::size_t i = 0; i < count; ++i) genes.push_back(make_gene(i, 1 + rng.index(4)));
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::size_t> lower;
    for (std::size_t j = 0; j < count; ++j) {
      if (rank[j] < rank[i]) lower.push_back(j);
    }
    if (lower.empty() || rng.index(4) == 0) continue;
    for (std::size_t alternatives = 1 + rng.index(3); alternatives > 0; --alternatives) {
      std::vector<GeneCondition> all;
      for (std::size_t conditions = 1 + rng.index(3); conditions > 0; --conditions) {
        const std::size_t other = lower[rng.index(lower.size())];
        std::vector<std::int32_t> options;
        for (std::int32_t option = 0; option < static_cast<std::int32_t>(genes[other].options.size()); ++option) {
          if (rng.index(2) == 0) options.push_back(option);
        }
        all.push_back({other, options});
      }
      genes[i].active_when.push_back(all);
    }
  }
  return genes;
}

TEST(CountGenotypes, EqualsBruteForce) {
  for (const auto& genes : {plain_genes(4, 3), nested_genes(), tangled_genes(), plain_genes(0, 2)}) {
    EXPECT_EQ(count_genotypes(genes), all_canonical(genes).size()) << genes.size() << " genes";
  }
}

TEST(CountGenotypes, EqualsBruteForceOnRandomConditions) {
  Rng rng(11, 0, Stream::Test);
  for (int i = 0; i < 1000; ++i) {
    const std::vector<Gene> genes = random_genes(rng);
    ASSERT_EQ(count_genotypes(genes), all_canonical(genes).size()) << "space " << i;
  }
}

TEST(CountGenotypes, HandWorked) {
  EXPECT_EQ(count_genotypes(plain_genes(6, 5)), 15625);
  // g0 = 0: 1. g0 = 1: g1 and g5 give 1 + 2, g2 and g3 give 2 + 2 * 3. g0 = 2: g4 and g5 give 2 + 1.
  EXPECT_EQ(count_genotypes(nested_genes()), 1 + 3 * 8 + 3);
  // Each way: 3 * (1 + 2).
  EXPECT_EQ(count_genotypes(switch_genes()), 5 * 9);
}

TEST(CountGenotypes, ACircleIsABug) {
  const std::vector<Gene> genes = {make_gene(0, 2, {{{1, {0}}}}), make_gene(1, 2, {{{0, {0}}}})};
  EXPECT_THROW(static_cast<void>(count_genotypes(genes)), std::exception);
}

TEST(CountGenotypes, ALongChainOfDepthsIsQuick) {
  // A depth of 1 to 60 and a gene of 3 options for each layer that is there.
  std::vector<Gene> genes = {make_gene(0, 60)};
  for (std::int32_t layer = 0; layer < 60; ++layer) {
    std::vector<std::int32_t> depths;
    for (std::int32_t depth = layer; depth < 60; ++depth) depths.push_back(depth);
    genes.push_back(make_gene(genes.size(), 3, {{{0, depths}}}));
  }
  EXPECT_EQ(count_genotypes(genes), (power(3, 61) - 3) / 2);  // the sum of 3^depth
}

TEST(CountGenotypes, IndependentStagesMultiply) {
  // 40 choices first, then what hangs on each: their states must not be crossed with each other.
  std::vector<Gene> genes = plain_genes(40, 3);
  for (std::size_t stage = 0; stage < 40; ++stage) genes.push_back(make_gene(40 + stage, 4, {{{stage, {1, 2}}}}));
  EXPECT_EQ(count_genotypes(genes), power(9, 40));
}

TEST(CountGenotypes, ChoicesBeforeTheDepthThatTheyWaitFor) {
  // A kind for each of 40 layers, then the depth, then two genes for each kind of a layer that is there.
  constexpr std::int32_t kLayers = 40;
  std::vector<Gene> genes = plain_genes(kLayers, 5);
  genes.push_back(make_gene(kLayers, kLayers));
  for (std::int32_t layer = 0; layer < kLayers; ++layer) {
    std::vector<std::int32_t> depths;
    for (std::int32_t depth = layer; depth < kLayers; ++depth) depths.push_back(depth);
    for (std::int32_t kind = 0; kind < 5; ++kind) {
      for (int i = 0; i < 2; ++i) {
        genes.push_back(make_gene(genes.size(), 2, {{{kLayers, depths}, {static_cast<std::size_t>(layer), {kind}}}}));
      }
    }
  }
  mpz_class expected = 0;  // a layer that is there: 5 kinds of 4; one that is not: 5
  for (unsigned long depth = 1; depth <= kLayers; ++depth) expected += power(20, depth) * power(5, kLayers - depth);
  EXPECT_EQ(count_genotypes(genes), expected);
}

TEST(CountGenotypes, ChoicesThatManyLayersShare) {
  // A depth of 1 to 12, a kind for each layer that is there, and for each kind a gene of 3 options
  // that is active if any layer has the kind: what a block's choices are to all of its uses.
  std::vector<Gene> genes = {make_gene(0, 12)};
  std::vector<Gene> shared;
  for (std::size_t kind = 0; kind < 5; ++kind) shared.push_back(make_gene(13 + kind, 3));
  for (std::int32_t layer = 0; layer < 12; ++layer) {
    std::vector<std::int32_t> depths;
    for (std::int32_t depth = layer; depth < 12; ++depth) depths.push_back(depth);
    genes.push_back(make_gene(genes.size(), 5, {{{0, depths}}}));
    for (std::int32_t kind = 0; kind < 5; ++kind) {
      shared[static_cast<std::size_t>(kind)].active_when.push_back({{genes.size() - 1, {kind}}});
    }
  }
  genes.insert(genes.end(), shared.begin(), shared.end());
  // sum over depths of the sum over assignments of 3^(kinds that occur), by Python's integers:
  // sum(comb(5, j) * 3**j * surjections(depth, j) for depth in range(1, 13) for j in range(1, 6))
  EXPECT_EQ(count_genotypes(genes), mpz_class("56893361220"));
}

TEST(CountGenotypes, AThousandGenesWithConditions) {
  // 25 towers of 40 genes; each but a tower's first is active where the one below is not 0.
  std::vector<Gene> genes;
  for (int tower = 0; tower < 25; ++tower) {
    for (int floor = 0; floor < 40; ++floor) {
      genes.push_back(floor == 0 ? make_gene(genes.size(), 4)
                                 : make_gene(genes.size(), 4, {{{genes.size() - 1, {1, 2, 3}}}}));
    }
  }
  mpz_class tower = 1;
  for (int floor = 0; floor < 40; ++floor) tower = 1 + 3 * tower;
  mpz_class expected;
  mpz_pow_ui(expected.get_mpz_t(), tower.get_mpz_t(), 25);
  EXPECT_EQ(count_genotypes(genes), expected);
}

}  // namespace
}  // namespace nas
