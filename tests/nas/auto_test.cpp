#include "nas/algorithms/auto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

constexpr double kCells = 15'625;
constexpr double kLarge = 1e24;
constexpr double kUncounted = std::numeric_limits<double>::infinity();

TEST(Auto, FollowsTheFigures) {
  struct Row {
    SearchFacts facts;
    const char* algorithm;
  };
  const std::vector<Row> rows = {
      {{1, 1, kCells}, "surrogate"},          {{1, 1000, kLarge}, "surrogate"},  {{1, 1001, kCells}, "local_search"},
      {{1, 100'000, kLarge}, "local_search"}, {{1, 100'000, 1000}, "surrogate"}, {{2, 100'000, 81}, "surrogate"},
      {{2, 3000, kUncounted}, "surrogate"},   {{3, 3000, kCells}, "surrogate"},  {{2, 3001, kCells}, "moead"},
      {{3, 100'000, kUncounted}, "moead"},    {{4, 100, kCells}, "moead"},       {{9, 1'000'000, 81}, "moead"},
  };
  for (const Row& row : rows) {
    EXPECT_EQ(advise(row.facts).name, row.algorithm)
        << row.facts.objectives << " objectives, " << row.facts.evaluations << " evaluations, " << row.facts.genotypes;
    EXPECT_FALSE(advise(row.facts).reason.empty());
  }
}

TEST(Auto, EveryAdviceIsInTheTableAndSuitsTheObjectives) {
  const testing::GeneSpace space(testing::plain_genes(3, 3));
  for (std::size_t objectives = 1; objectives <= 6; ++objectives) {
    for (std::uint64_t evaluations = 1; evaluations <= 100'000'000; evaluations *= 10) {
      for (const double genotypes : {1.0, kCells, 1e9, kLarge, kUncounted}) {
        const AlgorithmRow* row = find_algorithm(advise({objectives, evaluations, genotypes}).name);
        ASSERT_NE(row, nullptr);
        EXPECT_NE(row->name, kAutoAlgorithm);
        EXPECT_TRUE(row->make_config()->make(testing::problem_of(space, objectives)).ok()) << row->name;
      }
    }
  }
}

TEST(Auto, ReadsTheFactsFromTheProblem) {
  const testing::GeneSpace space(testing::nested_genes());
  SearchProblem problem = testing::problem_of(space, 3);
  problem.evaluations = 77;
  const SearchFacts facts = facts_of(problem);
  EXPECT_EQ(facts.objectives, 3U);
  EXPECT_EQ(facts.evaluations, 77U);
  EXPECT_EQ(facts.genotypes, 28);
}

TEST(Auto, IsTheAlgorithmThatItAdvises) {
  const testing::GeneSpace space(testing::plain_genes(12, 4));
  const auto trace = [&](const char* name) {
    Proposer proposer(space, testing::make_algorithm(*find_algorithm(name), space, 4), testing::accept_genotype,
                      {.evaluations = 60});
    return testing::drive(proposer, testing::hash_judge(4), 3, testing::first_of);
  };
  EXPECT_EQ(trace("auto"), trace("moead"));
  EXPECT_FALSE(AutoConfig().make(testing::problem_of(space, 0)).ok());
}

}  // namespace
}  // namespace nas
