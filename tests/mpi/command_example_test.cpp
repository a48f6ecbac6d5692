// experiments/examples/command.py as a search uses it.
#include <gmock/gmock.h>

#include "mpi/command_check.h"
#include "tests/mpi/child_fixture.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

class CommandExample : public ChildFixture {
 protected:
  ChildEvaluatorOptions example(std::size_t slots, std::string choices) {
    ChildEvaluatorOptions chosen = options(slots);
    chosen.rules.command = {NAS_PYTHON, NAS_COMMAND_EXAMPLE, marker_};
    chosen.job_line = [choices = std::move(choices)](const Candidate& candidate) -> Result<std::string> {
      return fmt::format(R"({{"id": {}, "seed": {}, "budget": {}, "genotype": [0], "choices": {}}})",
                         number(candidate.id), candidate.seed, candidate.budget, choices);
    };
    return chosen;
  }
};

Candidate with_budget(std::uint64_t id, std::int32_t budget) {
  return {CandidateId{id}, {{0}}, budget, 42, {}, "sample"};
}

TEST_F(CommandExample, LearnsAndReportsItsCurve) {
  ChildEvaluatorOptions chosen = example(1, R"({"hidden": "12", "learning_rate": 0.3, "activation": "tanh"})");
  ASSERT_TRUE(check_command(chosen.rules.command));
  ChildEvaluator evaluator(std::move(chosen));
  auto results = evaluate_all(evaluator, {with_budget(1, 20), with_budget(2, 20)});
  for (const std::uint64_t id : {1U, 2U}) {
    const Evaluation& result = results[id];
    ASSERT_FALSE(result.failure) << result.failure->message << result.failure->log_tail;
    ASSERT_EQ(result.curve.size(), 20U);
    EXPECT_EQ(result.curve.front().epoch, 1);
    EXPECT_EQ(result.curve.back().metrics, result.metrics);
    EXPECT_LT(result.metrics.at("val_loss"), result.curve.front().metrics.at("val_loss"));
    EXPECT_GT(result.metrics.at("val_accuracy"), 0.6);
  }
  EXPECT_EQ(results[1].curve, results[2].curve) << "the same seed gives the same training";
}

TEST_F(CommandExample, ABadChoiceFailsOneCandidateOnly) {
  ChildEvaluator evaluator(example(1, R"({"activation": "softsign"})"));
  auto results = evaluate_all(evaluator, {with_budget(1, 1)});
  EXPECT_EQ(results[1].failure, (Failure{FailureType::Reported, "KeyError: 'softsign'", ""}));
}

TEST_F(CommandExample, Conformance) {
  ChildEvaluator evaluator(example(2, "{}"));
  std::vector<Candidate> candidates;
  for (std::uint64_t id = 0; id < 10; ++id) candidates.push_back(with_budget(id, 1));
  expect_conformance(evaluator, candidates);
}

}  // namespace
}  // namespace nas
