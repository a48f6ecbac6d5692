#include "trainer/training_epoch.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

TEST(IsHopeless, WhereTheEndOfAnEpochIsFarAboveTheBeginningOfTheTraining) {
  constexpr double kFirst = 2.3;
  const EpochLosses leapt{.mean = 1e6, .last_mean = 2.4, .steps = 100, .records = 1600};
  EXPECT_FALSE(is_hopeless(leapt, kFirst, 100)) << "it came back from its leap";
  const EpochLosses lost{.mean = 15, .last_mean = 23.1, .steps = 100, .records = 1600};
  EXPECT_TRUE(is_hopeless(lost, kFirst, 100));
  EXPECT_FALSE(is_hopeless({.mean = 15, .last_mean = 22.9, .steps = 100, .records = 1600}, kFirst, 100));
  EXPECT_FALSE(is_hopeless(lost, kFirst, kFirstJudgedStep - 1)) << "too early";
}

}  // namespace
}  // namespace nas
