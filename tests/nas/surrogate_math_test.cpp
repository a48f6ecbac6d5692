// The parts of the surrogate that have an exact answer: scores, boxes, improvement, L-BFGS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nas/hypervolume.h"
#include "nas/rng.h"
#include "nas/surrogate/improvement.h"
#include "nas/surrogate/lbfgs.h"
#include "nas/surrogate/normal_scores.h"

namespace nas {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Abramowitz and Stegun, table 26.5.
TEST(NormalScores, QuantilesAreThoseOfTheTables) {
  EXPECT_DOUBLE_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(normal_quantile(0.001), -3.090232306167813, 1e-9);
  EXPECT_NEAR(normal_quantile(1 - 1e-9), 5.997807014, 1e-6);
}

TEST(NormalScores, AreQuantilesOfRanks) {
  NormalScores scores;
  for (const double value : {5.0, -100.0, 7.0, 6.0}) scores.insert(value);
  EXPECT_DOUBLE_EQ(scores.score(-100), normal_quantile(0.125));
  EXPECT_DOUBLE_EQ(scores.score(5), normal_quantile(0.375));
  EXPECT_DOUBLE_EQ(scores.score(7), normal_quantile(0.875));
  EXPECT_DOUBLE_EQ(scores.worst(), normal_quantile(0.875));
}

TEST(NormalScores, EqualValuesShareTheMeanOfTheirRanks) {
  NormalScores scores;
  for (const double value : {1.0, 2.0, 2.0, 2.0}) scores.insert(value);
  EXPECT_DOUBLE_EQ(scores.score(2), normal_quantile(2.5 / 4));
}

TEST(NormalScores, WhatWasNotSeenLiesBetweenItsNeighboursOrBeyondTheEnds) {
  NormalScores scores;
  for (const double value : {0.0, 10.0}) scores.insert(value);
  const double end = normal_quantile(0.75);
  EXPECT_NEAR(scores.score(2.5), -end / 2, 1e-12);
  EXPECT_NEAR(scores.score(20), 3 * end, 1e-12);
  EXPECT_NEAR(scores.score(-10), -3 * end, 1e-12);
}

std::vector<std::vector<double>> random_points(std::size_t count, std::size_t objectives, Rng& rng) {
  std::vector<std::vector<double>> points(count, std::vector<double>(objectives));
  for (auto& point : points) {
    // Few values, so that some are equal.
    for (double& value : point) value = static_cast<double>(rng.below(8)) / 8;
  }
  return points;
}

TEST(ExpectedImprovement, OfKnownPointsIsTheGainOfHypervolume) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Rng rng(seed, 0, Stream::Test);
    const std::size_t objectives = 1 + rng.index(4);
    const std::vector<double> reference(objectives, 0.9);
    auto points = random_points(rng.index(7), objectives, rng);
    const FreeSpace space = free_space(points, reference);
    const double before = hypervolume(points, reference);
    points.push_back(random_points(1, objectives, rng).front());
    std::vector<Belief> beliefs;
    for (const double value : points.back()) beliefs.push_back({value, 0});
    EXPECT_NEAR(expected_improvement(space, beliefs), hypervolume(points, reference) - before, 1e-12) << seed;
  }
}

// The mean over a fine grid of quantiles of each objective.
TEST(ExpectedImprovement, OfUncertainPointsIsTheMeanGain) {
  const std::vector<std::vector<double>> points = {{0.2, 0.7}, {0.5, 0.4}, {0.8, 0.1}};
  const std::vector<double> reference = {1, 1};
  const std::vector<Belief> beliefs = {{0.45, 0.2}, {0.35, 0.1}};
  constexpr int kSteps = 400;
  const double before = hypervolume(points, reference);
  double mean = 0;
  for (int i = 0; i < kSteps; ++i) {
    for (int j = 0; j < kSteps; ++j) {
      auto all = points;
      all.push_back({beliefs[0].mean + beliefs[0].sd * normal_quantile((i + 0.5) / kSteps),
                     beliefs[1].mean + beliefs[1].sd * normal_quantile((j + 0.5) / kSteps)});
      mean += (hypervolume(all, reference) - before) / (kSteps * kSteps);
    }
  }
  EXPECT_NEAR(expected_improvement(free_space(points, reference), beliefs), mean, 1e-4);
}

// (best - mean) Phi(z) + sd phi(z) (Jones et al. 1998, equation 15).
TEST(ExpectedImprovement, OfOneObjectiveIsTheClassicalFormula) {
  const FreeSpace space = free_space({{0.3}, {0.1}, {0.4}}, {2});
  ASSERT_EQ(space.boxes(), 1U);
  EXPECT_EQ(space.limits, (std::vector<std::vector<double>>{{-kInfinity, 0.1}}));
  const double z = (0.1 - 0.25) / 0.2;
  const double expected = -0.15 * 0.5 * std::erfc(-z / std::sqrt(2)) + 0.2 * std::exp(-z * z / 2) / std::sqrt(2 * M_PI);
  EXPECT_NEAR(expected_improvement(space, std::vector<Belief>{{0.25, 0.2}}), expected, 1e-15);
}

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksFunction) {
  const auto rosenbrock = [](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    const double valley = x[1] - x[0] * x[0];
    gradient[0] = -400 * x[0] * valley - 2 * (1 - x[0]);
    gradient[1] = 200 * valley;
    return 100 * valley * valley + (1 - x[0]) * (1 - x[0]);
  };
  const Eigen::VectorXd start = (Eigen::VectorXd(2) << -1.2, 1).finished();
  const Eigen::VectorXd found = minimise(rosenbrock, start, 100, 1);
  EXPECT_NEAR(found[0], 1, 1e-4);
  EXPECT_NEAR(found[1], 1, 1e-4);
}

TEST(Lbfgs, NeverEndsAboveItsStartAndHeedsItsLimits) {
  int calls = 0;
  const auto wall = [&](const Eigen::VectorXd& x, Eigen::VectorXd& gradient) {
    ++calls;
    gradient = 2 * (x.array() - 3).matrix();
    return x.maxCoeff() > 0.5 ? kInfinity : (x.array() - 3).matrix().squaredNorm();
  };
  const Eigen::VectorXd found = minimise(wall, Eigen::VectorXd::Zero(3), 20, 0.2);
  EXPECT_LE(calls, 20);
  EXPECT_GT(found.minCoeff(), 0.1);
  EXPECT_LE(found.maxCoeff(), 0.5);
}

}  // namespace
}  // namespace nas
