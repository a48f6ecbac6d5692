// Metrics of scores and truths as plain numbers. Needs no torch.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace nas {

/// counts[truth * classes + prediction].
struct ConfusionMatrix {
  std::int64_t classes = 0;
  std::vector<std::int64_t> counts;

  explicit ConfusionMatrix(std::int64_t number) : classes(number), counts(static_cast<std::size_t>(number * number)) {}

  [[nodiscard]] std::int64_t of(std::int64_t truth, std::int64_t prediction) const {
    return counts[static_cast<std::size_t>(truth * classes + prediction)];
  }
  [[nodiscard]] std::int64_t truths(std::int64_t label) const;       // records of the class
  [[nodiscard]] std::int64_t predictions(std::int64_t label) const;  // records taken for it
};

/// Share on the diagonal.
[[nodiscard]] double accuracy(const ConfusionMatrix& matrix);
/// Mean recall of the classes that are there, as scikit-learn's balanced_accuracy_score.
[[nodiscard]] double balanced_accuracy(const ConfusionMatrix& matrix);
/// 2 TP / (truths + predictions); 0 where the class is neither there nor predicted.
[[nodiscard]] double f1(const ConfusionMatrix& matrix, std::int64_t label);
/// Of the class 1 of two; else the mean over the classes that are there or predicted.
[[nodiscard]] double f1(const ConfusionMatrix& matrix);
/// Mean over the classes that are there or predicted of TP / (truths + predictions - TP).
[[nodiscard]] double mean_iou(const ConfusionMatrix& matrix);
/// Mean over the same classes of 2 TP / (truths + predictions).
[[nodiscard]] double mean_dice(const ConfusionMatrix& matrix);

/// Area under the ROC curve: the share of pairs of a positive and a negative in which the positive
/// has the higher score, ties by half (Mann and Whitney 1947). Empty without both kinds.
[[nodiscard]] std::optional<double> auc(std::span<const double> scores, std::span<const std::uint8_t> positive);

/// Guo et al. 2017, eq. 3: confidences of the predictions in equal bins (the upper edge is within),
/// each bin's |accuracy - mean confidence| weighed by its records.
[[nodiscard]] double calibration_error(std::span<const double> confidences, std::span<const std::uint8_t> right,
                                       std::size_t bins = 15);

}  // namespace nas
