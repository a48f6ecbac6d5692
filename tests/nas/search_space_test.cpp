#include "nas/search_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "nas/gene_order.h"
#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::make_gene;
using testing::nested_genes;
using testing::plain_genes;
using testing::switch_genes;
using testing::tangled_genes;

TEST(ActiveGenes, HandWorked) {
  const std::vector<Gene> genes = nested_genes();
  EXPECT_THAT(active_genes(genes, {{0, 1, 3, 2, 1, 1}}), ElementsAre(true, false, false, false, false, false));
  EXPECT_THAT(active_genes(genes, {{1, 0, 2, 0, 0, 0}}), ElementsAre(true, true, true, true, false, false));
  EXPECT_THAT(active_genes(genes, {{1, 1, 1, 0, 0, 0}}), ElementsAre(true, true, true, false, false, true));
  EXPECT_THAT(active_genes(genes, {{2, 1, 3, 0, 0, 0}}), ElementsAre(true, false, false, false, true, true))
      << "an option of an inactive gene does not hold";
}

TEST(ActiveGenes, ConditionsMayNameLaterGenes) {
  const std::vector<Gene> genes = {make_gene(0, 2, {{{1, {1}}}}), make_gene(1, 2, {{{2, {1}}}}), make_gene(2, 2)};
  EXPECT_THAT(active_genes(genes, {{1, 1, 1}}), ElementsAre(true, true, true));
  EXPECT_THAT(active_genes(genes, {{1, 1, 0}}), ElementsAre(false, false, true));
  EXPECT_EQ(canonical(genes, {{1, 1, 0}}), (Genotype{{0, 0, 0}}));
}

TEST(ActiveGenes, ACircleIsABug) {
  const std::vector<Gene> genes = {make_gene(0, 2, {{{1, {0}}}}), make_gene(1, 2, {{{0, {0}}}})};
  EXPECT_THROW(static_cast<void>(active_genes(genes, {{0, 0}})), std::exception);
  EXPECT_THROW(static_cast<void>(gene_order(genes)), std::exception);
  EXPECT_THROW(static_cast<void>(count_genotypes(genes)), std::exception);
}

TEST(NextGenotype, VisitsEveryCanonicalGenotypeOnce) {
  for (const auto& genes : {plain_genes(3, 3), nested_genes(), tangled_genes(), switch_genes()}) {
    const std::vector<std::size_t> order = gene_order(genes);
    std::set<Genotype> seen;
    std::optional<Genotype> genotype = Genotype{std::vector<std::int32_t>(genes.size(), 0)};
    while (genotype) {
      EXPECT_EQ(canonical(genes, *genotype), *genotype);
      EXPECT_TRUE(seen.insert(*genotype).second) << to_string(*genotype) << " comes twice";
      genotype = next_genotype(genes, order, *genotype);
    }
    EXPECT_EQ(count_genotypes(genes), seen.size());
  }
}

TEST(NextGenotype, IsLexicographicWhereConditionsNameEarlierGenes) {
  const std::vector<Gene> genes = nested_genes();
  const std::vector<std::size_t> order = gene_order(genes);
  Genotype genotype{std::vector<std::int32_t>(genes.size(), 0)};
  while (const auto next = next_genotype(genes, order, genotype)) {
    EXPECT_LT(genotype, *next);
    genotype = *next;
  }
}

TEST(CheckGenotype, NamesTheGeneAndItsOptions) {
  const std::vector<Gene> genes = plain_genes(3, 2);
  EXPECT_EQ(check_genotype(genes, {{0, 1, 1}}), std::nullopt);
  EXPECT_THAT(check_genotype(genes, {{0, 1}})->message, HasSubstr("has 2 genes, the space has 3"));
  EXPECT_THAT(check_genotype(genes, {{0, 2, 0}})->message, HasSubstr("gene 'g1' (number 2), try 0 to 1: 0, 1"));
  EXPECT_TRUE(check_genotype(genes, {{0, -1, 0}}).has_value());
}

TEST(Operators, StayInTheSpace) {
  for (const auto& genes : {plain_genes(5, 4), nested_genes(), tangled_genes(), switch_genes()}) {
    Rng rng(1, 2, Stream::Test);
    Genotype previous = sample_genes(genes, rng);
    for (int i = 0; i < 2000; ++i) {
      const Genotype sampled = sample_genes(genes, rng);
      const Genotype mutated = mutate_genes(genes, sampled, rng);
      const Genotype crossed = cross_genes(genes, sampled, previous, rng);
      for (const Genotype& genotype : {sampled, mutated, crossed}) {
        ASSERT_EQ(check_genotype(genes, genotype), std::nullopt);
        ASSERT_EQ(canonical(genes, genotype), genotype);
      }
      ASSERT_NE(mutated, sampled);
      previous = mutated;
    }
  }
}

TEST(Sample, IsUniformOverOptions) {
  const std::vector<Gene> genes = plain_genes(1, 4);
  Rng rng(3, 0, Stream::Test);
  std::vector<int> counts(4);
  for (int i = 0; i < 40000; ++i) ++counts[static_cast<std::size_t>(sample_genes(genes, rng).genes[0])];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 5 * 87);  // five standard deviations
}

TEST(Sample, FollowsWeights) {
  std::vector<Gene> genes = plain_genes(1, 3);
  genes[0].weights = {1, 0, 3};
  Rng rng(3, 0, Stream::Test);
  std::vector<int> counts(3);
  for (int i = 0; i < 40000; ++i) ++counts[static_cast<std::size_t>(sample_genes(genes, rng).genes[0])];
  EXPECT_EQ(counts[1], 0);
  EXPECT_NEAR(counts[0], 10000, 5 * 87);
}

TEST(Mutate, NeverDrawsAnOptionWithoutWeight) {
  std::vector<Gene> genes = plain_genes(2, 3);
  genes[0].weights = {1, 0, 3};
  genes[1].weights = {1, 0, 0};
  Rng rng(5, 0, Stream::Test);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(mutate_genes(genes, {{0, 0}}, rng), (Genotype{{2, 0}}));
}

// 8 genes at 1/8 each, and one where there would be none: 1 + (7/8)^8 changes on average.
TEST(Mutate, ChangesAboutOneGene) {
  const std::vector<Gene> genes = plain_genes(8, 3);
  const Genotype parent{std::vector<std::int32_t>(8, 1)};
  Rng rng(4, 0, Stream::Test);
  int changes = 0;
  std::map<std::int32_t, int> drawn;
  for (int i = 0; i < 20000; ++i) {
    for (const std::int32_t gene : mutate_genes(genes, parent, rng).genes) {
      if (gene != 1) ++changes, ++drawn[gene];
    }
  }
  EXPECT_NEAR(changes / 20000.0, 1 + std::pow(7.0 / 8, 8), 0.03);
  EXPECT_NEAR(drawn[0] / static_cast<double>(changes), 0.5, 0.02);
}

TEST(Mutate, ASpaceWithoutAChoiceStaysAsItIs) {
  Rng rng(4, 0, Stream::Test);
  EXPECT_EQ(mutate_genes(plain_genes(3, 1), {{0, 0, 0}}, rng), (Genotype{{0, 0, 0}}));
  EXPECT_EQ(mutate_genes({}, {}, rng), Genotype{});
}

TEST(Mutate, SamplesGenesThatBecomeActive) {
  const std::vector<Gene> genes = {make_gene(0, 2), make_gene(1, 4, {{{0, {1}}}})};
  Rng rng(6, 0, Stream::Test);
  std::set<std::int32_t> drawn;
  for (int i = 0; i < 200; ++i) drawn.insert(mutate_genes(genes, {{0, 0}}, rng).genes[1]);
  EXPECT_EQ(drawn.size(), 4U);
}

TEST(Cross, EveryGeneIsAParents) {
  const std::vector<Gene> genes = plain_genes(6, 5);
  Rng rng(7, 0, Stream::Test);
  const Genotype a{{0, 1, 2, 3, 4, 0}};
  const Genotype b{{1, 2, 3, 4, 0, 0}};
  std::set<Genotype> children;
  for (int i = 0; i < 2000; ++i) {
    const Genotype child = cross_genes(genes, a, b, rng);
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      EXPECT_TRUE(child.genes[gene] == a.genes[gene] || child.genes[gene] == b.genes[gene]);
    }
    children.insert(child);
  }
  EXPECT_EQ(children.size(), 32U);  // all combinations of the five genes that differ
}

TEST(Cross, AGeneInactiveInOneParentComesFromTheOther) {
  const std::vector<Gene> genes = {make_gene(0, 3), make_gene(1, 5, {{{0, {1, 2}}}})};
  Rng rng(8, 0, Stream::Test);
  for (int i = 0; i < 200; ++i) {
    const Genotype child = cross_genes(genes, {{0, 0}}, {{1, 3}}, rng);
    EXPECT_TRUE(child == (Genotype{{0, 0}}) || child == (Genotype{{1, 3}}));
  }
}

}  // namespace
}  // namespace nas
