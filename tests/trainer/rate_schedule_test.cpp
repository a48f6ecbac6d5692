#include "trainer/rate_schedule.h"

#include <gtest/gtest.h>

#include <array>

namespace nas {
namespace {

constexpr ScheduleLength kLength{.steps = 100, .steps_an_epoch = 10};

TrainingOptions with(const char* schedule, double learning_rate = 0.8) {
  return {.learning_rate = learning_rate, .schedule = schedule};
}

TEST(ScheduledRate, CosineFallsFromTheRateToNothing) {
  const TrainingOptions options = with("cosine");
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 0, kLength), 0.8);
  EXPECT_NEAR(scheduled_rate(options, 50, kLength), 0.4, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 25, kLength), 0.8 * 0.853553390593274, 1e-12);
  EXPECT_NEAR(scheduled_rate(options, 100, kLength), 0, 1e-12);
}

TEST(ScheduledRate, ConstantStays) { EXPECT_EQ(scheduled_rate(with("constant"), 99, kLength), 0.8); }

TEST(ScheduledRate, StepFallsAfterEachSoManyEpochs) {
  TrainingOptions options = with("step");
  options.step_epochs = 2.5;
  options.step_factor = 0.5;
  EXPECT_EQ(scheduled_rate(options, 0, kLength), 0.8);
  EXPECT_EQ(scheduled_rate(options, 24, kLength), 0.8);
  EXPECT_EQ(scheduled_rate(options, 25, kLength), 0.4);
  EXPECT_EQ(scheduled_rate(options, 49, kLength), 0.4);
  EXPECT_EQ(scheduled_rate(options, 50, kLength), 0.2);
  EXPECT_EQ(scheduled_rate(options, 99, kLength), 0.1);
}

TEST(ScheduledRate, WarmUpRisesInEqualStepsToTheRestOfTheSchedule) {
  TrainingOptions options = with("cosine");
  options.warmup_epochs = 2;
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 0, kLength), 0.04);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 9, kLength), 0.4);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 19, kLength), 0.8);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 20, kLength), 0.8);
  EXPECT_NEAR(scheduled_rate(options, 60, kLength), 0.4, 1e-12) << "half of what follows the warm-up";
  EXPECT_NEAR(scheduled_rate(options, 100, kLength), 0, 1e-12);
  options.schedule = "step";
  options.step_epochs = 4;
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 39, kLength), 0.8);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 40, kLength), 0.08) << "epochs are counted from the beginning";
  options.schedule = "constant";
  options.warmup_epochs = 0.25;  // 2.5 steps, rounded
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 0, kLength), 0.8 / 3);
  EXPECT_DOUBLE_EQ(scheduled_rate(options, 3, kLength), 0.8);
}

TEST(ScheduledRate, OneCycleIsThatOfTorch) {
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=0.8, total_steps=20, cycle_momentum=False) of torch 2.11
  constexpr std::array kRates = {
      0.032,          0.10533747416,  0.29733747416,   0.53466252584,   0.72666252584,   0.8,       0.789971204988,
      0.760387705611, 0.712732942057, 0.64939652316,   0.573554401433,  0.489009617549,  0.4000016, 0.310993582451,
      0.226448798567, 0.15060667684,  0.0872702579432, 0.0396154943892, 0.0100319950119, 3.2e-06};
  for (std::size_t step = 0; step < kRates.size(); ++step) {
    const double rate = scheduled_rate(with("one_cycle"), static_cast<std::int64_t>(step), {20, 5});
    EXPECT_NEAR(rate, kRates[step], 1e-11) << step;
  }
}

TEST(ScheduledRate, AnyLengthHasARate) {
  for (const char* schedule : {"cosine", "step", "one_cycle", "constant"}) {
    for (std::int64_t steps = 1; steps < 12; ++steps) {
      for (std::int64_t step = 0; step < steps; ++step) {
        const double rate = scheduled_rate(with(schedule), step, {steps, 1});
        EXPECT_TRUE(rate > 0 && rate <= 0.8) << schedule << " " << step << " of " << steps << ": " << rate;
      }
    }
  }
}

TEST(ScheduledDropPath, GrowsWithTheStepsOrIsWhole) {
  TrainingOptions options;
  EXPECT_EQ(scheduled_drop_path(options, 0, kLength), 1);
  options.drop_path_schedule = "linear";
  EXPECT_EQ(scheduled_drop_path(options, 0, kLength), 0);
  EXPECT_EQ(scheduled_drop_path(options, 25, kLength), 0.25);
}

}  // namespace
}  // namespace nas
