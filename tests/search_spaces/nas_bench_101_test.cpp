// NAS-Bench-101's whole set of cells.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/search_spaces/cell_classes.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

// All 2^21 matrices of 7 vertices through the space's pruning, three operations, at most 9 edges:
// the 423,624 cells that Ying et al. trained.
TEST(NasBench101, HasAsManyDistinctCellsAsPublished) {
  const auto counts = nas::testing::count_cells(7, 9, 3);
  EXPECT_THAT(counts,
              ElementsAre(Pair(2, 1), Pair(3, 6), Pair(4, 84), Pair(5, 2'441), Pair(6, 62'010), Pair(7, 359'082)));
  std::int64_t total = 0;
  for (const auto& [vertices, count] : counts) total += count;
  EXPECT_EQ(total, 423'624);
}

}  // namespace
}  // namespace nas
