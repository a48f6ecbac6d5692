#include "trainer/sgd.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

TEST(ScheduledRate, CosineFallsFromTheRateToNothing) {
  const TrainingOptions options{.learning_rate = 0.8};
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 0, 100), 0.8);
  EXPECT_NEAR(scheduled_rate(options, 50, 100), 0.4, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 25, 100), 0.8 * 0.853553390593274, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 100, 100), 0, 1e-12);
}

TEST(ScheduledRate, ConstantStays) {
  const TrainingOptions options{.learning_rate = 0.8, .schedule = "constant"};
  EXPECT_EQ(scheduled_rate(options, 99, 100), 0.8);
}

}  // namespace
}  // namespace nas
