#include "nas/quality.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "nas/hypervolume.h"
#include "nas/rng.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Points = std::vector<std::vector<double>>;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Whole numbers, so that ties, equal and dominated points are common.
Points random_points(std::size_t count, std::size_t objectives, std::uint64_t id) {
  Rng rng(13, id, Stream::Test);
  Points points(count, std::vector<double>(objectives));
  for (auto& point : points) {
    for (double& value : point) value = static_cast<double>(rng.below(7));
  }
  return points;
}

bool covers(const std::vector<double>& point, const std::vector<double>& cell) {
  return std::equal(point.begin(), point.end(), cell.begin(), std::less_equal<>());
}

// Of the unit cells below the reference, how many only this point dominates.
double cells_of_its_own(const Points& points, std::size_t point, std::size_t side) {
  const std::size_t objectives = points.front().size();
  std::vector<double> cell(objectives, 0.0);
  double count = 0;
  for (std::size_t number = 0; number < static_cast<std::size_t>(std::pow(side, objectives) + 0.5); ++number) {
    std::size_t left = number;
    for (double& coordinate : cell) {
      coordinate = static_cast<double>(left % side);
      left /= side;
    }
    bool own = covers(points[point], cell);
    for (std::size_t i = 0; i < points.size() && own; ++i) own = i == point || !covers(points[i], cell);
    if (own) ++count;
  }
  return count;
}

TEST(HypervolumeContributions, HandWorked) {
  const Points points = {{1, 3}, {2, 2}, {3, 1}, {3, 3}, {0, 5}};
  EXPECT_THAT(hypervolume_contributions(points, std::vector<double>{4, 4}), ElementsAre(1, 1, 1, 0, 0));
  EXPECT_THAT(hypervolume_contributions(Points{{1, 1}, {1, 1}}, std::vector<double>{2, 2}), ElementsAre(0, 0));
  EXPECT_THAT(hypervolume_contributions(Points{{1, 1, 1}}, std::vector<double>{2, 3, 4}), ElementsAre(6));
  EXPECT_THAT(hypervolume_contributions(Points{}, std::vector<double>{2, 2}), IsEmpty());
}

TEST(HypervolumeContributions, EqualCountingCells) {
  for (std::uint64_t round = 0; round < 40; ++round) {
    const std::size_t objectives = 1 + round % 5;
    const Points points = random_points(12, objectives, round);
    const auto contributions = hypervolume_contributions(points, std::vector<double>(objectives, 6));
    for (std::size_t i = 0; i < points.size(); ++i) {
      EXPECT_NEAR(contributions[i], cells_of_its_own(points, i, 6), 1e-9) << objectives << " objectives, " << round;
    }
  }
}

TEST(HypervolumeContributions, AreWhatIsLostWithoutThePoint) {
  for (const std::size_t objectives : {2U, 3U, 4U, 5U}) {
    const std::vector<double> reference(objectives, 6);
    const Points points = random_points(40, objectives, 100 + objectives);
    const double whole = hypervolume(points, reference);
    const auto contributions = hypervolume_contributions(points, reference);
    for (std::size_t i = 0; i < points.size(); ++i) {
      Points others = points;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_NEAR(contributions[i], whole - hypervolume(others, reference), 1e-9);
    }
  }
}

TEST(AdditiveEpsilon, HandWorked) {
  const Points a1 = {{4, 7}, {5, 6}, {7, 5}, {8, 4}, {9, 2}};
  const Points a2 = {{4, 7}, {5, 6}, {7, 5}, {8, 4}};
  const Points a3 = {{6, 8}, {7, 7}, {8, 6}, {9, 5}, {10, 4}};
  EXPECT_EQ(additive_epsilon(a1, a2), 0);
  EXPECT_EQ(additive_epsilon(a2, a1), 2) << "(8, 4) against (9, 2)";
  EXPECT_EQ(additive_epsilon(a1, a3), -1);
  EXPECT_EQ(additive_epsilon(a3, a1), 2) << "(6, 8) against (4, 7)";
  EXPECT_EQ(additive_epsilon(Points{}, a1), kInfinite);
}

TEST(AdditiveEpsilon, IsTheLeastThatSuffices) {
  for (std::uint64_t round = 0; round < 50; ++round) {
    const std::size_t objectives = 1 + round % 5;
    const Points points = random_points(6, objectives, 200 + round);
    const Points front = random_points(6, objectives, 300 + round);
    const auto suffices = [&](double epsilon) {
      return std::all_of(front.begin(), front.end(), [&](const auto& target) {
        return std::any_of(points.begin(), points.end(), [&](std::vector<double> point) {
          for (double& value : point) value -= epsilon;
          return covers(point, target);
        });
      });
    };
    const double epsilon = additive_epsilon(points, front);
    EXPECT_TRUE(suffices(epsilon)) << round;
    EXPECT_FALSE(suffices(epsilon - 1)) << "whole numbers, so the next smaller is one less; round " << round;
  }
}

// Example and values of Ishibuchi et al. 2015: IGD prefers the dominated set B, IGD+ does not.
TEST(IgdPlus, HasThePublishedValues) {
  const Points front = {{0, 10}, {1, 6}, {2, 2}, {6, 1}, {10, 0}};
  EXPECT_NEAR(igd_plus(Points{{2, 4}, {3, 3}, {4, 2}}, front), 1.482843, 1e-6);
  EXPECT_NEAR(igd_plus(Points{{2, 8}, {4, 4}, {8, 2}}, front), 2.260112, 1e-6);
}

TEST(IgdPlus, OnlyBeingWorseCounts) {
  const Points front = {{1, 1}};
  EXPECT_EQ(igd_plus(Points{{0, 0}}, front), 0);
  EXPECT_EQ(igd_plus(Points{{0, 3}}, front), 2);
  EXPECT_EQ(igd_plus(Points{{4, 5}, {9, 1}}, front), 5);
  EXPECT_EQ(igd_plus(Points{}, front), kInfinite);
}

TEST(IgdPlus, NeverRisesWithAnotherPoint) {
  for (std::uint64_t round = 0; round < 20; ++round) {
    Points points = random_points(8, 4, 400 + round);
    const Points front = random_points(5, 4, 500 + round);
    const double before = igd_plus(points, front);
    points.push_back(random_points(1, 4, 600 + round).front());
    EXPECT_LE(igd_plus(points, front), before);
  }
}

TEST(KneePoint, IsFarthestFromTheLineThroughTheEnds) {
  // Scaled: (0, 1), (.1, .3), (.5, .2), (1, 0): 1 - sum is 0, .6, .3, 0.
  EXPECT_EQ(knee_point(Points{{0, 100}, {1, 30}, {5, 20}, {10, 0}}), 1U);
  EXPECT_EQ(knee_point(Points{{5, 20}, {0, 100}, {10, 0}, {1, 30}}), 3U);
  EXPECT_EQ(knee_point(Points{{0, 100}, {1, 30}, {10, 0}, {2, 60}}), 1U) << "a dominated point is none";
}

TEST(KneePoint, DominatedPointsDoNotScale) {
  // With the dominated (1000, 100) the first objective would hardly count: (9, 1) would win.
  EXPECT_EQ(knee_point(Points{{0, 10}, {1, 4}, {9, 1}, {10, 0}, {1000, 100}}), 1U);
}

TEST(KneePoint, OfThreeObjectivesAndOfDegenerateFronts) {
  EXPECT_EQ(knee_point(Points{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {0.2, 0.3, 0.2}, {0.5, 0.1, 0.3}}), 3U);
  EXPECT_EQ(knee_point(Points{}), std::nullopt);
  EXPECT_EQ(knee_point(Points{{3, 4}}), 0U);
  EXPECT_EQ(knee_point(Points{{3, 4}, {3, 4}}), 0U);
  EXPECT_EQ(knee_point(Points{{0, 7, 10}, {5, 7, 1}, {10, 7, 0}}), 1U) << "all equal in one objective";
  EXPECT_EQ(knee_point(Points{{0, 10}, {9, 9}, {10, 0}}), 0U) << "hollow: an end";
}

TEST(BestAtWeights, FollowsTheWeights) {
  const Points points = {{0, 100}, {1, 30}, {5, 20}, {10, 0}, {6, 90}};
  EXPECT_EQ(best_at_weights(points, std::vector<double>{1, 0}), 0U);
  EXPECT_EQ(best_at_weights(points, std::vector<double>{0, 1}), 3U);
  EXPECT_EQ(best_at_weights(points, std::vector<double>{1, 1}), 1U) << "max(.1, .3) against max(.5, .2)";
  EXPECT_EQ(best_at_weights(points, std::vector<double>{1, 4}), 2U) << "max(.5, .8) against max(.1, 1.2)";
  EXPECT_EQ(best_at_weights(points, std::vector<double>{25, 100}), 2U) << "only ratios count";
}

TEST(BestAtWeights, ReachesHollows) {
  // (6, 6) is above the line through the ends: no weighted sum would take it.
  EXPECT_EQ(best_at_weights(Points{{0, 10}, {6, 6}, {10, 0}}, std::vector<double>{1, 1}), 1U);
}

TEST(BestAtWeights, TiesGoToTheSmallerSumThenIndex) {
  EXPECT_EQ(best_at_weights(Points{{0, 10, 5}, {5, 5, 5}, {5, 5, 3}, {10, 0, 0}}, std::vector<double>{1, 1, 0}), 2U)
      << "(5, 5, 5) is dominated";
  EXPECT_EQ(best_at_weights(Points{{0, 10}, {4, 5}, {5, 4}, {10, 0}}, std::vector<double>{1, 1}), 1U);
  EXPECT_EQ(best_at_weights(Points{{0, 10, 0}, {5, 3, 10}, {5, 2, 10}, {10, 0, 0}}, std::vector<double>{1, 1, 0}), 2U);
  EXPECT_EQ(best_at_weights(Points{}, std::vector<double>{1, 1}), std::nullopt);
}

TEST(BestAtWeights, IsOnTheFrontAndBestOfItByDefinition) {
  for (std::uint64_t round = 0; round < 30; ++round) {
    const Points points = random_points(20, 3, 700 + round);
    const std::size_t chosen = best_at_weights(points, std::vector<double>{1, 2, 3}).value();
    for (const auto& point : points) EXPECT_FALSE(covers(point, points[chosen]) && point != points[chosen]);
  }
}

}  // namespace
}  // namespace nas
