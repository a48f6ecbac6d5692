// The learning curve that an algorithm is told (outcome_of of nas/search.h).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "nas/search.h"

namespace nas {
namespace {

Expression parsed(const std::string& text) { return Expression::parse(text).value(); }

// The first objective is m0 / m1, maximised: m0 is reported by epoch, m1 (say, MACs) in the end alone.
TEST(OutcomeCurve, IsOfTheFirstObjectiveByEpoch) {
  SearchSetup setup;
  setup.objectives = {{Direction::Maximise, parsed("m0 / m1")}, {Direction::Minimise, parsed("m1")}};
  Evaluation evaluation;
  evaluation.metrics = {{"m0", 8}, {"m1", 2}};
  evaluation.curve = {{2, {{"m0", 4}}}, {3, {{"other", 4}}}, {4, {{"m0", 8}}}, {5, {{"m0", 9}}}, {0, {{"m0", 9}}}};
  evaluation.stopped = true;
  Candidate candidate;
  candidate.budget = 4;
  const Outcome outcome = outcome_of(setup, candidate, judge(setup, evaluation, 0));
  EXPECT_TRUE(outcome.stopped);
  ASSERT_EQ(outcome.curve.size(), 4U) << "no epoch beyond the budget";
  EXPECT_TRUE(std::isnan(outcome.curve[0]));
  EXPECT_EQ(outcome.curve[1], -2);
  EXPECT_TRUE(std::isnan(outcome.curve[2])) << "an epoch without the metric does not take the last one's";
  EXPECT_EQ(outcome.curve[3], -4);
  evaluation.failure = Failure{};
  EXPECT_THAT(outcome_of(setup, candidate, judge(setup, evaluation, 0)).curve, ::testing::IsEmpty());
}

}  // namespace
}  // namespace nas
