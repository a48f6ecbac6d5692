#include "nas/pareto.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "nas/rng.h"

namespace nas {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// Few distinct values, so that ties and duplicates are common; one point in four violates a limit.
std::vector<ParetoPoint> random_points(std::size_t count, std::size_t objectives, std::uint64_t id) {
  Rng rng(11, id, Stream::Test);
  std::vector<ParetoPoint> points(count);
  for (ParetoPoint& point : points) {
    for (std::size_t i = 0; i < objectives; ++i) point.objectives.push_back(static_cast<double>(rng.below(6)));
    if (rng.below(4) == 0) point.violation = static_cast<double>(rng.below(3));
  }
  return points;
}

TEST(Dominates, HandWorked) {
  const auto better = [](std::vector<double> a, std::vector<double> b) {
    return dominates(std::span<const double>(a), b);
  };
  EXPECT_TRUE(better({1, 2}, {1, 3}));
  EXPECT_TRUE(better({0, 0}, {1, 1}));
  EXPECT_FALSE(better({1, 2}, {1, 2}));
  EXPECT_FALSE(better({0, 3}, {1, 2}));
  EXPECT_FALSE(better({1, 3}, {1, 2}));
}

TEST(Dominates, FeasibleBeforeInfeasibleBeforeWorse) {
  const ParetoPoint feasible{{9, 9}, 0};
  const ParetoPoint slightly{{1, 1}, 0.5};
  const ParetoPoint badly{{0, 0}, 2};
  EXPECT_TRUE(dominates(feasible, slightly));
  EXPECT_FALSE(dominates(slightly, feasible));
  EXPECT_TRUE(dominates(slightly, badly));
  EXPECT_FALSE(dominates(badly, slightly));
  EXPECT_FALSE(dominates(badly, ParetoPoint{{1, 1}, 2}));
}

TEST(DominationRanks, HandWorked) {
  const std::vector<ParetoPoint> points = {{{1, 5}, 0}, {{2, 2}, 0}, {{5, 1}, 0}, {{3, 3}, 0},
                                           {{2, 6}, 0}, {{4, 4}, 0}, {{2, 2}, 0}, {{0, 0}, 1}};
  EXPECT_THAT(domination_ranks(points), ElementsAre(0, 0, 0, 1, 1, 2, 0, 3));
}

// Deb's definition: peel off what nothing left dominates.
std::vector<std::int32_t> ranks_by_peeling(const std::vector<ParetoPoint>& points) {
  std::vector<std::int32_t> ranks(points.size(), -1);
  for (std::int32_t rank = 0; std::find(ranks.begin(), ranks.end(), -1) != ranks.end(); ++rank) {
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < points.size(); ++i) {
      bool dominated = false;
      for (std::size_t j = 0; j < points.size(); ++j) dominated |= ranks[j] == -1 && dominates(points[j], points[i]);
      if (ranks[i] == -1 && !dominated) front.push_back(i);
    }
    for (const std::size_t i : front) ranks[i] = rank;
  }
  return ranks;
}

TEST(DominationRanks, EqualPeelingByDefinition) {
  for (std::uint64_t round = 0; round < 60; ++round) {
    const auto points = random_points(40, 1 + round % 4, round);
    EXPECT_EQ(domination_ranks(points), ranks_by_peeling(points)) << "round " << round;
  }
}

TEST(ParetoFront, EqualsBruteForce) {
  for (std::uint64_t round = 0; round < 60; ++round) {
    const auto points = random_points(50, 1 + round % 4, 100 + round);
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < points.size(); ++i) {
      const bool dominated =
          std::any_of(points.begin(), points.end(), [&](const auto& p) { return dominates(p, points[i]); });
      if (points[i].violation <= 0 && !dominated) expected.push_back(i);
    }
    EXPECT_EQ(pareto_front(points), expected) << "round " << round;
  }
}

TEST(ParetoFront, DuplicatesAreAllOnItAndInfeasiblePointsNever) {
  EXPECT_THAT(pareto_front(std::vector<ParetoPoint>{{{1, 1}, 0}, {{1, 1}, 0}, {{1, 2}, 0}, {{0, 0}, 3}}),
              ElementsAre(0, 1));
  EXPECT_THAT(pareto_front(std::vector<ParetoPoint>{{{1, 1}, 1}}), IsEmpty());
  EXPECT_THAT(pareto_front({}), IsEmpty());
}

// Extents: 8 in the first objective, 10 in the second.
TEST(CrowdingDistances, HandWorked) {
  const std::vector<ParetoPoint> points = {{{1, 10}, 0}, {{9, 0}, 0}, {{3, 6}, 0}, {{7, 1}, 0}, {{100, 100}, 0}};
  const std::vector<std::size_t> members = {0, 1, 2, 3};
  EXPECT_THAT(crowding_distances(points, members),
              ElementsAre(kInfinite, kInfinite, DoubleEq((7.0 - 1) / 8 + (10.0 - 1) / 10),
                          DoubleEq((9.0 - 3) / 8 + (6.0 - 0) / 10)));
}

TEST(CrowdingDistances, OfSmallAndDegenerateFronts) {
  const std::vector<ParetoPoint> points = {{{1, 2}, 0}, {{2, 1}, 0}, {{1, 2}, 0}, {{1, 2}, 0}};
  EXPECT_THAT(crowding_distances(points, std::vector<std::size_t>{}), IsEmpty());
  EXPECT_THAT(crowding_distances(points, std::vector<std::size_t>{0}), ElementsAre(0));
  EXPECT_THAT(crowding_distances(points, std::vector<std::size_t>{0, 1}), ElementsAre(kInfinite, kInfinite));
  EXPECT_THAT(crowding_distances(points, std::vector<std::size_t>{0, 2, 3}), ElementsAre(0, 0, 0)) << "all equal";
}

}  // namespace
}  // namespace nas
