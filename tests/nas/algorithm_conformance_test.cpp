// The laws of nas/search_algorithm.h, for every algorithm that is registered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using testing::drive;
using testing::first_of;
using testing::GeneSpace;
using testing::hash_judge;
using ::testing::HasSubstr;
using testing::last_of;
using testing::make_proposer;
using testing::nested_genes;
using testing::objectives_for;
using testing::plain_genes;
using testing::problem_of;

constexpr std::size_t kEvaluations = 120;  // more than any population begins with

class Conformance : public ::testing::TestWithParam<std::string> {
 protected:
  const AlgorithmRow& row() const { return *find_algorithm(GetParam()); }
  std::size_t objectives() const { return objectives_for(row(), large_); }
  std::vector<AskedTrial> run(std::size_t pending, std::uint64_t failing = 0, std::uint64_t seed = 1) const {
    Proposer proposer = make_proposer(row(), large_, {.seed = seed, .evaluations = kEvaluations});
    return drive(proposer, hash_judge(objectives(), failing), pending, first_of);
  }

  const GeneSpace large_{plain_genes(12, 4)};
};

TEST_P(Conformance, EvaluatesExactlyTheBudget) {
  for (const std::size_t pending : {1U, 7U, 1000U}) {
    Proposer proposer = make_proposer(row(), large_, {.evaluations = 137});
    EXPECT_EQ(drive(proposer, hash_judge(objectives()), pending, first_of).size(), 137U);
    EXPECT_EQ(proposer.told(), 137U);
    EXPECT_TRUE(proposer.finished());
    EXPECT_EQ(proposer.ended_early(), "");
  }
}

TEST_P(Conformance, TakesResultsInAnyOrder) {
  Rng rng(1, 1, Stream::Test);
  const auto any_of = [&](std::size_t count) { return rng.index(count); };
  Proposer shuffled = make_proposer(row(), large_, {.evaluations = kEvaluations});
  EXPECT_EQ(drive(shuffled, hash_judge(objectives(), 5), 16, any_of).size(), kEvaluations);
  Proposer reversed = make_proposer(row(), large_, {.evaluations = kEvaluations});
  EXPECT_EQ(drive(reversed, hash_judge(objectives(), 5), 16, last_of).size(), kEvaluations);
}

TEST_P(Conformance, SameSeedSameTrace) {
  EXPECT_EQ(run(8), run(8));
  EXPECT_NE(run(8), run(8, 0, 2));
}

TEST_P(Conformance, AskingForSeveralEqualsAskingOneByOne) {
  Proposer together = make_proposer(row(), large_, {.evaluations = kEvaluations});
  Proposer one_by_one = make_proposer(row(), large_, {.evaluations = kEvaluations});
  const auto judge = hash_judge(objectives(), 4);
  while (!together.finished()) {
    const auto many = together.ask(9);
    std::vector<AskedTrial> singles;
    for (std::size_t i = 0; i < many.size(); ++i) singles.push_back(one_by_one.ask(1).at(0));
    ASSERT_EQ(many, singles);
    for (const AskedTrial& trial : many) {
      together.tell(judge(trial.candidate));
      one_by_one.tell(judge(trial.candidate));
    }
  }
}

TEST_P(Conformance, ProposingDoesNotChangeTheState) {
  Proposer proposer = make_proposer(row(), large_, {.evaluations = 100});
  auto algorithm = testing::make_algorithm(row(), large_, objectives());
  for (const AskedTrial& trial : drive(proposer, hash_judge(objectives()), 3, first_of)) {
    algorithm->accepted(trial.candidate);
    algorithm->tell(hash_judge(objectives())(trial.candidate));
    Rng first(9, number(trial.candidate.id), Stream::Test);
    Rng second(9, number(trial.candidate.id), Stream::Test);
    const Proposal proposal = algorithm->propose(first);
    Rng other(10, 0, Stream::Test);
    static_cast<void>(algorithm->propose(other));
    ASSERT_EQ(algorithm->propose(second).genotype, proposal.genotype);
  }
}

TEST_P(Conformance, SurvivesThatEverythingFails) {
  Proposer proposer = make_proposer(row(), large_, {.evaluations = kEvaluations});
  EXPECT_EQ(drive(proposer, hash_judge(objectives(), 1), 4, first_of).size(), kEvaluations);
  EXPECT_EQ(proposer.failed(), kEvaluations);
}

TEST_P(Conformance, SurvivesThatEverythingViolatesALimit) {
  Proposer proposer = make_proposer(row(), large_, {.evaluations = kEvaluations});
  const auto judge = hash_judge(objectives());
  const auto violating = [&](const Candidate& candidate) {
    Outcome outcome = judge(candidate);
    outcome.violation = 1 + static_cast<double>(number(candidate.id) % 3);
    return outcome;
  };
  EXPECT_EQ(drive(proposer, violating, 4, first_of).size(), kEvaluations);
}

TEST_P(Conformance, SurvivesThatAllResultsAreEqual) {
  Proposer proposer = make_proposer(row(), large_, {.evaluations = kEvaluations});
  const auto equal = [&](const Candidate& candidate) {
    return Outcome{candidate, false, std::vector<double>(objectives(), 0.5), 0};
  };
  EXPECT_EQ(drive(proposer, equal, 4, first_of).size(), kEvaluations);
}

TEST_P(Conformance, NeverProposesTheSameTwice) {
  std::set<Genotype> seen;
  for (const AskedTrial& trial : run(8)) {
    if (trial.candidate.continues) continue;
    EXPECT_TRUE(seen.insert(trial.candidate.genotype).second);
  }
}

TEST_P(Conformance, ExhaustsASmallSpace) {
  for (const std::size_t pending : {1U, 5U}) {
    const GeneSpace small(nested_genes());
    Proposer proposer = make_proposer(row(), small, {.evaluations = 1000});
    const auto all = drive(proposer, hash_judge(objectives()), pending, first_of);
    EXPECT_EQ(std::ranges::count_if(all, [](const AskedTrial& t) { return !t.candidate.continues; }), 28);
    EXPECT_THAT(proposer.ended_early(), HasSubstr("the space is exhausted"));
  }
}

TEST_P(Conformance, ParentsAreEarlierCandidatesThatSucceeded) {
  for (const AskedTrial& trial : run(8, 5)) {
    EXPECT_EQ(trial.candidate.parents.empty(), trial.candidate.origin == "sample");
    for (const CandidateId parent : trial.candidate.parents) {
      EXPECT_LT(number(parent), number(trial.candidate.id));
      EXPECT_NE(number(parent) % 5, 0U) << "a failed candidate is a parent";
    }
  }
}

TEST_P(Conformance, GenotypesAreCanonical) {
  const GeneSpace nested(nested_genes());
  Proposer proposer = make_proposer(row(), nested, {.evaluations = 28});
  for (const AskedTrial& trial : drive(proposer, hash_judge(objectives()), 2, first_of)) {
    const Genotype& genotype = trial.candidate.genotype;
    ASSERT_EQ(check_genotype(nested.genes(), genotype), std::nullopt);
    EXPECT_EQ(canonical(nested.genes(), genotype), genotype);
  }
}

TEST_P(Conformance, OptionsHaveHelpAndTheirDefaultsAreInRange) {
  const auto config = row().make_config();
  const auto defaults = options_to_json(config->options());
  const auto again = options_from_json(config->options(), defaults);
  EXPECT_TRUE(again.ok()) << (again.ok() ? "" : again.error().message);
  for (const Option& option : config->options()) EXPECT_FALSE(option.help.empty()) << option.name;
  EXPECT_FALSE(row().summary.empty());
  EXPECT_FALSE(row().source.empty());
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const AlgorithmRow& row : algorithms()) names.push_back(row.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Algorithms, Conformance, ::testing::ValuesIn(all_names()),
                         [](const auto& test) { return test.param; });

TEST(Algorithms, AreFoundByName) {
  EXPECT_NE(find_algorithm("random"), nullptr);
  EXPECT_EQ(find_algorithm("rand"), nullptr);
}

TEST(Algorithms, RefuseWhatDoesNotSuitThem) {
  const GeneSpace space(plain_genes(3, 3));
  const auto aging = find_algorithm("aging_evolution")->make_config();
  EXPECT_THAT(aging->make(problem_of(space, 2)).error().message, HasSubstr("one objective, not 2"));
  EXPECT_THAT(aging->make(problem_of(space, 2)).error().message, HasSubstr("try 'nsga2'"));
  ASSERT_TRUE(options_from_json(aging->options(), {{"population", 5}, {"sample", 6}}).ok());
  EXPECT_THAT(aging->make(problem_of(space, 1)).error().message, HasSubstr("sample=6 is more than population=5"));
  EXPECT_FALSE(options_from_json(find_algorithm("nsga2")->make_config()->options(), {{"population", 1}}).ok());
  EXPECT_FALSE(find_algorithm("nsga2")->make_config()->make(problem_of(space, 0)).ok());
}

}  // namespace
}  // namespace nas
