// Values of scikit-learn 1.9 on the same numbers; the calibration error by hand.
#include "trainer/tasks/counted_scores.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

ConfusionMatrix matrix_of(const std::vector<int>& truths, const std::vector<int>& predictions, std::int64_t classes) {
  ConfusionMatrix matrix(classes);
  for (std::size_t i = 0; i < truths.size(); ++i) {
    ++matrix.counts[static_cast<std::size_t>(truths[i] * classes + predictions[i])];
  }
  return matrix;
}

// y = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2], p = [0, 0, 1, 2, 1, 1, 0, 2, 2, 1]
const ConfusionMatrix kThree = matrix_of({0, 0, 0, 0, 1, 1, 1, 2, 2, 2}, {0, 0, 1, 2, 1, 1, 0, 2, 2, 1}, 3);
// y = [0, 0, 0, 0, 0, 0, 1, 1], p = [0, 0, 0, 0, 1, 1, 1, 0]
const ConfusionMatrix kTwo = matrix_of({0, 0, 0, 0, 0, 0, 1, 1}, {0, 0, 0, 0, 1, 1, 1, 0}, 2);

TEST(CountedScores, OfThreeClasses) {
  EXPECT_DOUBLE_EQ(accuracy(kThree), 0.6);
  EXPECT_NEAR(balanced_accuracy(kThree), 0.6111111111111112, 1e-12);
  EXPECT_NEAR(f1(kThree), 0.6031746031746031, 1e-12);
  EXPECT_NEAR(mean_iou(kThree), 0.43333333333333335, 1e-12);
}

TEST(CountedScores, OfTwoClassesTheSecondIsThePositiveOne) {
  EXPECT_DOUBLE_EQ(accuracy(kTwo), 0.625);
  EXPECT_NEAR(f1(kTwo), 0.4, 1e-12);
  EXPECT_NEAR(balanced_accuracy(kTwo), 7.0 / 12, 1e-12);
  EXPECT_NEAR(mean_iou(kTwo), (4.0 / 7 + 1.0 / 4) / 2, 1e-12);
  EXPECT_NEAR(mean_dice(kTwo), (8.0 / 11 + 2.0 / 5) / 2, 1e-12);
}

TEST(CountedScores, AClassThatIsNeverThereCountsOnlyIfItIsPredicted) {
  EXPECT_DOUBLE_EQ(mean_iou(matrix_of({0, 1}, {0, 1}, 4)), 1);
  EXPECT_DOUBLE_EQ(mean_iou(matrix_of({0, 1, 1}, {0, 1, 2}, 4)), (1 + 0.5 + 0) / 3);
  EXPECT_DOUBLE_EQ(balanced_accuracy(matrix_of({0, 1, 1}, {0, 1, 2}, 4)), 0.75);
}

TEST(CountedScores, AreaUnderTheCurve) {
  const std::vector<std::uint8_t> truths = {0, 0, 1, 1};
  EXPECT_DOUBLE_EQ(*auc(std::vector<double>{0.1, 0.4, 0.35, 0.8}, truths), 0.75);
  EXPECT_DOUBLE_EQ(*auc(std::vector<double>{0.5, 0.5, 0.5, 0.9}, truths), 0.75) << "ties count half";
  EXPECT_DOUBLE_EQ(*auc(std::vector<double>{4, 3, 2, 1}, truths), 0);
  EXPECT_EQ(auc(std::vector<double>{1, 2}, std::vector<std::uint8_t>{1, 1}), std::nullopt);
}

TEST(CountedScores, CalibrationByHand) {
  // 2 bins: 0.5 falls into the lower one. Lower: 0.3, 0.5, one right: |1 - 0.8|; upper: 0.9, 0.8, 1, two
  // right: |2 - 2.7|. Together 0.9 of 5 records.
  const std::vector<double> confidences = {0.3, 0.5, 0.9, 0.8, 1.0};
  const std::vector<std::uint8_t> right = {0, 1, 1, 0, 1};
  EXPECT_NEAR(calibration_error(confidences, right, 2), 0.9 / 5, 1e-12);
  EXPECT_DOUBLE_EQ(calibration_error({}, {}, 15), 0);
}

}  // namespace
}  // namespace nas
