#include "trainer/early_stop.h"

#include <gtest/gtest.h>

#include <vector>

namespace nas {
namespace {

/// (val_loss, val_accuracy) of each epoch.
using Epochs = std::vector<std::pair<double, double>>;

std::vector<CurvePoint> curve_of(const Epochs& epochs, const char* metric = "val_accuracy") {
  std::vector<CurvePoint> curve;
  for (const auto& [loss, value] : epochs) {
    const auto epoch = static_cast<std::int32_t>(curve.size()) + 1;
    curve.push_back({epoch, {{"val_loss", loss}, {metric, value}}});
  }
  return curve;
}

bool converged(const Epochs& epochs, std::int64_t patience) {
  return has_converged(curve_of(epochs), TaskKind::Classification, patience);
}

TEST(HasConverged, AfterSoManyEpochsWithoutABetterOne) {
  EXPECT_FALSE(converged({{1, 0.5}, {1, 0.5}}, 2));
  EXPECT_TRUE(converged({{1, 0.5}, {1, 0.5}, {1, 0.5}}, 2)) << "equal is not better";
  EXPECT_TRUE(converged({{1, 0.5}, {2, 0.4}, {3, 0.3}}, 2));
  EXPECT_FALSE(converged({{3, 0.3}, {2, 0.4}, {1, 0.5}}, 2));
  EXPECT_TRUE(converged({{2, 0.3}, {1, 0.4}, {1.5, 0.3}}, 1));
}

TEST(HasConverged, EitherMetricMayImprove) {
  EXPECT_FALSE(converged({{1, 0.5}, {2, 0.6}, {3, 0.7}}, 2)) << "overfits in the loss, still learns classes";
  EXPECT_FALSE(converged({{3, 0.5}, {2, 0.4}, {1, 0.3}}, 2));
  EXPECT_TRUE(converged({{3, 0.5}, {2, 0.6}, {3, 0.6}, {2, 0.5}}, 2));
}

TEST(HasConverged, NeverWithoutPatience) {
  EXPECT_FALSE(converged({{1, 0.5}, {1, 0.5}, {1, 0.5}}, 0));
  EXPECT_FALSE(converged({}, 3));
}

TEST(HasConverged, AnErrorImprovesDownwards) {
  const auto falling = curve_of({{1, 9}, {2, 8}, {3, 7}}, "val_l1");
  const auto rising = curve_of({{1, 7}, {2, 8}, {3, 9}}, "val_l1");
  for (const TaskKind task : {TaskKind::Regression, TaskKind::Restoration}) {
    EXPECT_FALSE(has_converged(falling, task, 2));
    EXPECT_TRUE(has_converged(rising, task, 2));
  }
}

TEST(HasConverged, AMissingMetricIsNoImprovement) {
  const auto curve = curve_of({{3, 1}, {2, 2}, {2, 3}, {2, 4}}, "val_something");
  EXPECT_FALSE(has_converged(curve, TaskKind::Classification, 3));
  EXPECT_TRUE(has_converged(curve, TaskKind::Classification, 2));
}

}  // namespace
}  // namespace nas
