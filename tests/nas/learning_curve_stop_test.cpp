#include "nas/algorithms/learning_curve_stop.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = std::numeric_limits<double>::max();

Objective minimise(const char* text) { return {Direction::Minimise, Expression::parse(text).value()}; }
Objective maximise(const char* text) { return {Direction::Maximise, Expression::parse(text).value()}; }

TEST(LearningCurveStop, BoundsAreTwoThirdsUpBetweenTheRungs) {
  LearningCurveStop stop(1, 4);
  for (const double level : {5.0, 1.0, 4.0, 2.0}) stop.add({9, level, level - 1, 0}, {});
  EXPECT_THAT(stop.bounds({}), IsEmpty()) << "four curves are too few";
  stop.add({9, 3, 7, 0}, {});
  EXPECT_THAT(stop.bounds({}), ElementsAre(kNever, 4, 4)) << "of 1 2 3 4 5 and 0 1 3 4 7 the fourth";
}

TEST(LearningCurveStop, EpochsThatAreNotKnownCountNothing) {
  LearningCurveStop stop(0, 3);
  for (const double level : {5.0, 1.0, 4.0, 2.0, 3.0}) stop.add({kNone, level, 0}, {});
  stop.add({1}, {});  // ends before it should
  EXPECT_THAT(stop.bounds({}), ElementsAre(kNever, 4));
}

TEST(LearningCurveStop, WhatIsCostlierSaysNothing) {
  LearningCurveStop stop(0, 2);
  for (const double cost : {1.0, 2.0, 3.0, 4.0, 5.0, 6.0}) stop.add({-cost, 0}, {cost, 10});
  EXPECT_THAT(stop.bounds({4, 10}), IsEmpty()) << "four are nowhere costlier";
  EXPECT_THAT(stop.bounds({5, 10}), ElementsAre(-2)) << "of -5 to -1";
  EXPECT_THAT(stop.bounds({5, 9}), IsEmpty()) << "all are costlier somewhere";
}

TEST(LearningCurveStop, ForgetsTheOldest) {
  LearningCurveStop stop(0, 2);
  for (int i = 0; i < 1000; ++i) stop.add({1, 0}, {});
  for (std::size_t i = 0; i < LearningCurveStop::kWindow; ++i) stop.add({2, 0}, {});
  EXPECT_THAT(stop.bounds({}), ElementsAre(2));
}

TEST(LearningCurveStop, NothingLiesBetweenNeighbours) {
  LearningCurveStop stop(1, 2);
  for (int i = 0; i < 10; ++i) stop.add({1, 0}, {});
  EXPECT_THAT(stop.bounds({}), IsEmpty());
}

TEST(CostsBesideTraining, TheFirstObjectiveIsTrainedTheOthersAreNot) {
  const Metrics computed = {{"macs", 4}, {"params", 8}};
  EXPECT_EQ(costs_beside_training({maximise("acc")}, computed), std::vector<double>{});
  EXPECT_EQ(costs_beside_training({maximise("acc"), minimise("macs"), maximise("params / 2")}, computed),
            (std::vector<double>{4, -4}));
  EXPECT_EQ(costs_beside_training({minimise("macs"), maximise("acc")}, computed), std::nullopt);
  EXPECT_EQ(costs_beside_training({maximise("acc"), minimise("seconds")}, computed), std::nullopt);
  EXPECT_EQ(costs_beside_training({minimise("macs")}, computed), std::nullopt);
  EXPECT_EQ(costs_beside_training({}, computed), std::nullopt);
}

}  // namespace
}  // namespace nas
