#include "trainer/tasks/counted_scores.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nas {

namespace {

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

/// Mean of `score` over the classes that are there or predicted.
template <class Score>
double mean_over_classes(const ConfusionMatrix& matrix, Score&& score) {
  double sum = 0;
  std::int64_t classes = 0;
  for (std::int64_t label = 0; label < matrix.classes; ++label) {
    if (matrix.truths(label) + matrix.predictions(label) == 0) continue;
    sum += score(label);
    ++classes;
  }
  return ratio(sum, static_cast<double>(classes));
}

}  // namespace

std::int64_t ConfusionMatrix::truths(std::int64_t label) const {
  std::int64_t sum = 0;
  for (std::int64_t other = 0; other < classes; ++other) sum += of(label, other);
  return sum;
}

std::int64_t ConfusionMatrix::predictions(std::int64_t label) const {
  std::int64_t sum = 0;
  for (std::int64_t other = 0; other < classes; ++other) sum += of(other, label);
  return sum;
}

double accuracy(const ConfusionMatrix& matrix) {
  std::int64_t right = 0;
  for (std::int64_t label = 0; label < matrix.classes; ++label) right += matrix.of(label, label);
  const std::int64_t all = std::accumulate(matrix.counts.begin(), matrix.counts.end(), std::int64_t{0});
  return ratio(static_cast<double>(right), static_cast<double>(all));
}

double balanced_accuracy(const ConfusionMatrix& matrix) {
  double sum = 0;
  std::int64_t classes = 0;
  for (std::int64_t label = 0; label < matrix.classes; ++label) {
    const std::int64_t truths = matrix.truths(label);
    if (truths == 0) continue;
    sum += static_cast<double>(matrix.of(label, label)) / static_cast<double>(truths);
    ++classes;
  }
  return ratio(sum, static_cast<double>(classes));
}

double f1(const ConfusionMatrix& matrix, std::int64_t label) {
  return ratio(2.0 * static_cast<double>(matrix.of(label, label)),
               static_cast<double>(matrix.truths(label) + matrix.predictions(label)));
}

double f1(const ConfusionMatrix& matrix) {
  if (matrix.classes == 2) return f1(matrix, 1);
  return mean_dice(matrix);
}

double mean_iou(const ConfusionMatrix& matrix) {
  return mean_over_classes(matrix, [&](std::int64_t label) {
    const std::int64_t both = matrix.of(label, label);
    return ratio(static_cast<double>(both),
                 static_cast<double>(matrix.truths(label) + matrix.predictions(label) - both));
  });
}

double mean_dice(const ConfusionMatrix& matrix) {
  return mean_over_classes(matrix, [&](std::int64_t label) { return f1(matrix, label); });
}

std::optional<double> auc(std::span<const double> scores, std::span<const std::uint8_t> positive) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] < scores[b]; });
  double wins = 0;
  double negatives = 0;
  double positives = 0;
  for (std::size_t first = 0; first < order.size();) {
    double tied_positives = 0;
    double tied_negatives = 0;
    std::size_t last = first;
    for (; last < order.size() && scores[order[last]] == scores[order[first]]; ++last) {
      ++(positive[order[last]] != 0 ? tied_positives : tied_negatives);
    }
    wins += tied_positives * (negatives + tied_negatives / 2);
    positives += tied_positives;
    negatives += tied_negatives;
    first = last;
  }
  if (positives == 0 || negatives == 0) return std::nullopt;
  return wins / (positives * negatives);
}

double calibration_error(std::span<const double> confidences, std::span<const std::uint8_t> right, std::size_t bins) {
  struct Bin {
    double records = 0, confidence = 0, right = 0;
  };
  std::vector<Bin> filled(bins);
  for (std::size_t i = 0; i < confidences.size(); ++i) {
    const double place = std::ceil(confidences[i] * static_cast<double>(bins)) - 1;
    Bin& bin = filled[static_cast<std::size_t>(std::clamp(place, 0.0, static_cast<double>(bins - 1)))];
    ++bin.records;
    bin.confidence += confidences[i];
    bin.right += right[i];
  }
  double error = 0;
  for (const Bin& bin : filled) error += std::abs(bin.right - bin.confidence);
  return ratio(error, static_cast<double>(confidences.size()));
}

}  // namespace nas
