#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "nas/algorithms/neighbourhood.h"
#include "nas/gene_order.h"
#include "nas/pareto.h"
#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using testing::first_of;
using testing::GeneSpace;
using testing::make_algorithm;
using testing::nested_genes;
using testing::plain_genes;
using ::testing::UnorderedElementsAre;

const AlgorithmRow& local_search() { return *find_algorithm("local_search"); }

// g0 has 3 options; option 1 has g1 (2) and g2 (4), which has g3 at 2 and 3; g5 hangs on g1 = 1.
TEST(Neighbourhood, MovesAreOfActiveGenesOnly) {
  const std::vector<Gene> genes = nested_genes();
  const Neighbourhood neighbourhood(genes);
  EXPECT_THAT(neighbourhood.moves_from({{0, 0, 0, 0, 0, 0}}), ElementsAre(Move{0, 1}, Move{0, 2}));
  EXPECT_THAT(neighbourhood.moves_from({{1, 0, 1, 0, 0, 0}}),
              ElementsAre(Move{0, 0}, Move{0, 2}, Move{1, 1}, Move{2, 0}, Move{2, 2}, Move{2, 3}));
}

TEST(Neighbourhood, OptionsWithoutWeightAreNeverMovedTo) {
  std::vector<Gene> genes = plain_genes(2, 3);
  genes[0].weights = {1, 0, 2};
  const Neighbourhood neighbourhood(genes);
  EXPECT_THAT(neighbourhood.moves_from({{0, 1}}), ElementsAre(Move{0, 2}, Move{1, 0}, Move{1, 2}));
}

TEST(Neighbourhood, MovesReachCanonicalGenotypesAndAreFoundAgain) {
  const std::vector<Gene> genes = nested_genes();
  const Neighbourhood neighbourhood(genes);
  const std::vector<std::size_t> order = gene_order(genes);
  Rng rng(1, 1, Stream::Test);
  std::optional<Genotype> genotype = Genotype{std::vector<std::int32_t>(genes.size(), 0)};
  std::size_t met = 0;
  for (; genotype; genotype = next_genotype(genes, order, *genotype), ++met) {
    const std::vector<Move> moves = neighbourhood.moves_from(*genotype);
    for (const Move& move : moves) {
      const Genotype neighbour = neighbourhood.moved(*genotype, move, rng);
      EXPECT_EQ(canonical(genes, neighbour), neighbour);
      EXPECT_EQ(neighbour.genes[move.gene], move.option);
      std::vector<Move> left = moves;
      neighbourhood.remove_move_to(neighbour, left);
      std::vector<Move> expected = moves;
      std::erase(expected, move);
      EXPECT_EQ(left, expected) << to_string(*genotype) << " to " << to_string(neighbour);
    }
  }
  EXPECT_EQ(met, 28U);
}

TEST(Neighbourhood, ActivatedGenesAreDrawn) {
  const std::vector<Gene> genes = nested_genes();
  const Neighbourhood neighbourhood(genes);
  Rng rng(1, 2, Stream::Test);
  std::set<std::int32_t> drawn;
  for (int i = 0; i < 100; ++i) drawn.insert(neighbourhood.moved({{0, 0, 0, 0, 0, 0}}, {0, 1}, rng).genes[2]);
  EXPECT_THAT(drawn, UnorderedElementsAre(0, 1, 2, 3));
}

TEST(Neighbourhood, AGenotypeWithoutNeighboursStays) {
  const std::vector<Gene> genes = plain_genes(3, 1);
  Rng rng(1, 3, Stream::Test);
  EXPECT_EQ(Neighbourhood(genes).kicked({{0, 0, 0}}, 5, rng), (Genotype{{0, 0, 0}}));
}

double distance_to_twos(const Genotype& genotype) {
  double distance = 0;
  for (const std::int32_t gene : genotype.genes) distance += std::abs(gene - 2);
  return distance;
}

double best_of(const std::vector<AskedTrial>& trials) {
  double best = 1e9;
  for (const AskedTrial& trial : trials) best = std::min(best, distance_to_twos(trial.candidate.genotype));
  return best;
}

SearchProblem problem_with(const SearchSpace& space, std::size_t objectives, Screen screen) {
  SearchProblem problem = testing::problem_of(space, objectives);
  problem.screen = std::move(screen);
  return problem;
}

Outcome judge_distance(const Candidate& candidate) {
  return {candidate, false, {distance_to_twos(candidate.genotype)}, 0};
}

// 4^12 genotypes, each but one with a better neighbour.
TEST(LocalSearch, ClimbsToTheOptimum) {
  const GeneSpace space(plain_genes(12, 4));
  for (const std::size_t pending : {1U, 8U}) {
    Proposer proposer(space, make_algorithm(local_search(), space, 1), testing::accept_genotype,
                      {.seed = 3, .evaluations = 250});
    EXPECT_EQ(best_of(testing::drive(proposer, judge_distance, pending, first_of)), 0) << pending;
  }
}

TEST(LocalSearch, ClimbsByViolationUntilItIsMet) {
  const GeneSpace space(plain_genes(12, 4));
  Proposer proposer(space, make_algorithm(local_search(), space, 1), testing::accept_genotype,
                    {.seed = 3, .evaluations = 250});
  const auto violating = [](const Candidate& candidate) {
    return Outcome{candidate, false, {0}, distance_to_twos(candidate.genotype)};
  };
  EXPECT_EQ(best_of(testing::drive(proposer, violating, 1, first_of)), 0);
}

std::size_t genes_apart(const Genotype& a, const Genotype& b) {
  std::size_t apart = 0;
  for (std::size_t gene = 0; gene < a.genes.size(); ++gene) apart += a.genes[gene] != b.genes[gene] ? 1U : 0U;
  return apart;
}

// The first candidate is best of all: its 6 neighbours come, and only then what is farther from it.
TEST(LocalSearch, ALocalOptimumIsLeftByAKick) {
  const GeneSpace space(plain_genes(3, 3));
  const auto config = local_search().make_config();
  const nlohmann::json one_start = {{"starts", 1}};
  ASSERT_TRUE(options_from_json(config->options(), one_start).ok());
  Proposer proposer(space, config->make(testing::problem_of(space, 1)).value(), testing::accept_genotype,
                    {.seed = 4, .evaluations = 20});
  const auto judge = [](const Candidate& candidate) {
    return Outcome{candidate, false, {candidate.id == CandidateId{0} ? 0.0 : 1.0}, 0};
  };
  std::size_t neighbours = 0;
  std::size_t kicks = 0;
  const auto trials = testing::drive(proposer, judge, 1, first_of);
  const Genotype& optimum = trials[0].candidate.genotype;
  for (const AskedTrial& trial : trials) {
    if (trial.candidate.parents != std::vector<CandidateId>{CandidateId{0}}) continue;
    const std::size_t apart = genes_apart(trial.candidate.genotype, optimum);
    if (apart == 1) ++neighbours;
    if (apart != 2) continue;
    ++kicks;
    EXPECT_GE(neighbours, 5U) << "one neighbour may have come from elsewhere";
  }
  EXPECT_GE(neighbours, 5U);
  EXPECT_GE(kicks, 1U);
}

// Half of all neighbours are over a limit: what is left must still be found.
TEST(LocalSearch, GoesOnWhereNeighboursAreRefused) {
  const GeneSpace space(plain_genes(10, 4));
  const Screen screen = [](const Genotype& genotype) {
    Screening screening = testing::accept_genotype(genotype);
    if (genotype.genes[0] == 1 || genotype.genes[1] > 2) screening.verdict = Screening::Verdict::OverLimit;
    return screening;
  };
  for (const std::size_t objectives : {1U, 2U}) {
    auto search = local_search().make_config()->make(problem_with(space, objectives, screen)).value();
    Proposer proposer(space, std::move(search), screen, {.seed = 2, .evaluations = 400});
    const auto judge = [&](const Candidate& candidate) {
      return Outcome{candidate, false, std::vector<double>(objectives, distance_to_twos(candidate.genotype)), 0};
    };
    const auto trials = testing::drive(proposer, judge, 1, first_of);
    EXPECT_EQ(best_of(trials), 0) << objectives;
    const auto samples = std::count_if(trials.begin(), trials.end(),
                                       [](const AskedTrial& trial) { return trial.candidate.origin == "sample"; });
    EXPECT_LE(samples, 14) << objectives << " objectives: it should find neighbours that are not refused by itself";
  }
}

// Leading ones, trailing zeros (Laumanns, Thiele and Zitzler 2004): the front is 1^i 0^(n-i).
TEST(ParetoLocalSearch, FindsTheWholeFront) {
  constexpr std::size_t kGenes = 14;
  const GeneSpace space(plain_genes(kGenes, 2));
  const auto judge = [](const Candidate& candidate) {
    const std::vector<std::int32_t>& genes = candidate.genotype.genes;
    const auto ones = std::find(genes.begin(), genes.end(), 0) - genes.begin();
    const auto zeros = std::find(genes.rbegin(), genes.rend(), 1) - genes.rbegin();
    return Outcome{candidate, false, {-static_cast<double>(ones), -static_cast<double>(zeros)}, 0};
  };
  Proposer proposer(space, make_algorithm(local_search(), space, 2), testing::accept_genotype,
                    {.seed = 1, .evaluations = 800});
  std::vector<ParetoPoint> points;
  for (const AskedTrial& trial : testing::drive(proposer, judge, 4, first_of)) {
    points.push_back({judge(trial.candidate).objectives, 0});
  }
  EXPECT_EQ(pareto_front(points).size(), kGenes + 1);
}

TEST(LocalSearch, NeedsAnObjective) {
  const GeneSpace space(plain_genes(3, 3));
  const auto made = local_search().make_config()->make(testing::problem_of(space, 0));
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("local_search needs an objective"));
}

}  // namespace
}  // namespace nas
