#include "trainer/stop_rule.h"

#include <gtest/gtest.h>

#include <limits>

namespace nas {
namespace {

constexpr double kNone = std::numeric_limits<double>::infinity();

StopRule rule(Direction direction, const char* objective, std::vector<double> bounds, Metrics known = {}) {
  return {{direction, Expression::parse(objective).value()}, std::move(bounds), std::move(known)};
}

TEST(StopRule, MinimisedAboveTheBoundOfItsEpoch) {
  const StopRule loss = rule(Direction::Minimise, "loss", {kNone, 2, 1});
  EXPECT_FALSE(stops(loss, 1, {{"loss", 1e300}}));
  EXPECT_FALSE(stops(loss, 2, {{"loss", 2}})) << "equal is not above";
  EXPECT_TRUE(stops(loss, 2, {{"loss", 2.001}}));
  EXPECT_TRUE(stops(loss, 3, {{"loss", 1.5}}));
  EXPECT_FALSE(stops(loss, 4, {{"loss", 1e300}})) << "past the last bound";
}

TEST(StopRule, AMaximisedObjectiveTurnsItsSign) {
  const StopRule accuracy = rule(Direction::Maximise, "accuracy", {-0.5});
  EXPECT_TRUE(stops(accuracy, 1, {{"accuracy", 0.4}}));
  EXPECT_FALSE(stops(accuracy, 1, {{"accuracy", 0.6}}));
}

TEST(StopRule, KnownNumbersReplaceMeasuredOnes) {
  const StopRule product = rule(Direction::Minimise, "loss * macs", {10}, {{"macs", 100}});
  EXPECT_TRUE(stops(product, 1, {{"loss", 0.2}, {"macs", 1}}));
  EXPECT_FALSE(stops(product, 1, {{"loss", 0.05}}));
}

TEST(StopRule, WhatCannotBeComputedStopsNothing) {
  EXPECT_FALSE(stops(rule(Direction::Minimise, "latency", {0}), 1, {{"loss", 1}}));
  EXPECT_FALSE(stops(rule(Direction::Minimise, "1 / loss", {0}), 1, {{"loss", 0}}));
}

}  // namespace
}  // namespace nas
