#include "nas/hypervolume.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <vector>

#include "nas/rng.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Points = std::vector<std::vector<double>>;

Points random_points(std::size_t count, std::size_t objectives, std::uint64_t id) {
  Rng rng(12, id, Stream::Test);
  Points points(count, std::vector<double>(objectives));
  for (auto& point : points) {
    for (double& value : point) value = static_cast<double>(rng.below(8));
  }
  return points;
}

// The volume of a union of boxes by inclusion and exclusion.
double by_inclusion_exclusion(const Points& points, const std::vector<double>& reference) {
  double volume = 0;
  for (std::uint32_t subset = 1; subset < (1U << points.size()); ++subset) {
    double shared = 1;
    for (std::size_t k = 0; k < reference.size(); ++k) {
      double corner = -std::numeric_limits<double>::infinity();
      for (std::size_t i = 0; i < points.size(); ++i) {
        if ((subset >> i & 1U) != 0) corner = std::max(corner, points[i][k]);
      }
      shared *= std::max(0.0, reference[k] - corner);
    }
    volume += __builtin_popcount(subset) % 2 == 1 ? shared : -shared;
  }
  return volume;
}

TEST(Hypervolume, HandWorked) {
  const std::vector<double> reference = {4, 4};
  EXPECT_DOUBLE_EQ(hypervolume(Points{}, reference), 0);
  EXPECT_DOUBLE_EQ(hypervolume(Points{{1, 2}}, reference), 6);
  EXPECT_DOUBLE_EQ(hypervolume(Points{{1, 3}, {2, 2}, {3, 1}}, reference), 6);
  EXPECT_DOUBLE_EQ(hypervolume(Points{{1, 3}, {2, 2}, {3, 1}, {3, 3}, {2, 2}}, reference), 6) << "dominated, equal";
  EXPECT_DOUBLE_EQ(hypervolume(Points{{1, 4}, {5, 0}}, reference), 0) << "not better than the reference";
  EXPECT_DOUBLE_EQ(hypervolume(Points{{3}, {1}}, std::vector<double>{4}), 3);
  EXPECT_DOUBLE_EQ(hypervolume(Points{{0, 0, 1}, {1, 1, 0}}, std::vector<double>{2, 2, 2}), 4 + 2 - 1);
}

TEST(Hypervolume, EqualsInclusionAndExclusion) {
  for (std::uint64_t round = 0; round < 100; ++round) {
    const std::size_t objectives = 1 + round % 5;
    const Points points = random_points(9, objectives, round);
    const std::vector<double> reference(objectives, 7);
    EXPECT_NEAR(hypervolume(points, reference), by_inclusion_exclusion(points, reference), 1e-6)
        << objectives << " objectives, round " << round;
  }
}

// Corners are whole numbers, so the volume is the number of unit cells that some point dominates.
double by_counting_cells(const Points& points, std::size_t side, std::size_t objectives) {
  std::size_t cells = 1;
  for (std::size_t k = 0; k < objectives; ++k) cells *= side;
  double count = 0;
  for (std::size_t number = 0; number < cells; ++number) {
    std::vector<double> cell;
    for (std::size_t left = number; cell.size() < objectives; left /= side) {
      cell.push_back(static_cast<double>(left % side));
    }
    const bool dominated = std::any_of(points.begin(), points.end(), [&](const std::vector<double>& point) {
      return std::equal(point.begin(), point.end(), cell.begin(), std::less_equal<>());
    });
    if (dominated) ++count;
  }
  return count;
}

TEST(Hypervolume, OfManyPointsAndObjectivesEqualsCountingCells) {
  for (std::uint64_t round = 0; round < 12; ++round) {
    const std::size_t objectives = 2 + round % 4;
    const Points points = random_points(60, objectives, 2000 + round);
    EXPECT_NEAR(hypervolume(points, std::vector<double>(objectives, 8)), by_counting_cells(points, 8, objectives), 1e-6)
        << objectives << " objectives, round " << round;
  }
}

TEST(Hypervolume, OrderDoesNotMatter) {
  Points points = random_points(30, 3, 1000);
  const std::vector<double> reference(3, 8);
  const double volume = hypervolume(points, reference);
  std::reverse(points.begin(), points.end());
  EXPECT_NEAR(hypervolume(points, reference), volume, 1e-9);
  std::sort(points.begin(), points.end());
  EXPECT_NEAR(hypervolume(points, reference), volume, 1e-9);
}

TEST(Corners, AreTheWorstAndBestOfEachObjective) {
  const Points points = {{1, 5}, {3, 2}, {2, 9}};
  EXPECT_THAT(reference_point(points), ElementsAre(3, 9));
  EXPECT_THAT(ideal_point(points), ElementsAre(1, 2));
  EXPECT_THAT(reference_point(Points{}), IsEmpty());
}

TEST(NormalisedHypervolume, IsAShareOfTheBox) {
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{}), 0);
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{3, 4}}), 0) << "a box without extent";
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{0, 10}, {100, 0}}), 0) << "the two corners dominate no area";
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{0, 10}, {50, 5}, {100, 0}}), 0.25);
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{0, 0}, {50, 5}, {100, 10}}), 1);
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{0, 7}, {50, 7}}), 1) << "the constant objective is left out";
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{1, 1}}, std::vector<double>{0, 0}, std::vector<double>{2, 4}),
                   0.5 * 0.75);
  EXPECT_DOUBLE_EQ(normalised_hypervolume(Points{{-1, -1}}, std::vector<double>{0, 0}, std::vector<double>{2, 4}), 1)
      << "better than the ideal counts as the ideal";
}

}  // namespace
}  // namespace nas
