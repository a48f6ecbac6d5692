// A class for each position.

#include <ATen/TensorOperators.h>
#include <ATen/ops/bincount.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/one_hot.h>
#include <ATen/ops/zeros.h>

#include "trainer/tasks/counted_scores.h"
#include "trainer/tasks/task_functions.h"

namespace nas {

namespace {

/// 1 - mean over records and classes of (2 sum(p t) + 1) / (sum(p) + sum(t) + 1), with probabilities
/// p over the positions that are judged (Milletari et al. 2016, smoothed as usual).
at::Tensor dice_loss(const at::Tensor& output, const at::Tensor& targets) {
  constexpr double kSmooth = 1;
  const std::int64_t classes = output.size(1);
  const at::Tensor judged = targets.ne(kIgnoredClass);
  const at::Tensor truth = at::one_hot(targets.masked_fill(judged.logical_not(), 0).flatten(1), classes)
                               .transpose(1, 2)
                               .to(at::kFloat)
                               .mul(judged.flatten(1).unsqueeze(1));
  const at::Tensor found = output.to(at::kFloat).flatten(2).softmax(1) * judged.flatten(1).unsqueeze(1);
  const at::Tensor both = (found * truth).sum(2);
  const at::Tensor sums = found.sum(2) + truth.sum(2);
  return 1 - ((2 * both + kSmooth) / (sums + kSmooth)).mean();
}

/// Over positions that are judged; 0 where none is.
at::Tensor position_loss(const at::Tensor& output, const at::Tensor& targets) {
  const at::Tensor sum = at::cross_entropy_loss(output, targets, {}, at::Reduction::Sum, kIgnoredClass);
  return sum / targets.ne(kIgnoredClass).sum().clamp_min(1);
}

class SegmentationScorer final : public Scorer {
 public:
  explicit SegmentationScorer(std::int64_t classes) : classes_(classes) {}

  void add(const at::Tensor& output, const at::Tensor& targets) override {
    const at::Tensor judged = targets.ne(kIgnoredClass);
    const at::Tensor cells = (targets * classes_ + output.detach().argmax(1)).masked_select(judged);
    const at::Tensor counts = at::bincount(cells, {}, classes_ * classes_);
    counts_ = counts_.defined() ? counts_ + counts : counts;
  }

  Metrics metrics() const override {
    if (!counts_.defined()) return {};
    ConfusionMatrix matrix(classes_);
    const at::Tensor counts = counts_.cpu();
    const auto* const count = counts.const_data_ptr<std::int64_t>();
    matrix.counts.assign(count, count + counts.numel());
    return {{"accuracy", accuracy(matrix)}, {"miou", mean_iou(matrix)}, {"dice", mean_dice(matrix)}};
  }

 private:
  std::int64_t classes_;
  at::Tensor counts_;  // (classes * classes) int64
};

}  // namespace

LossFunction segmentation_loss(const TrainingOptions& options, const TrainingData&, LossUse,
                               const DataParallel* parallel) {
  const LossFunction dice = [parallel](const at::Tensor& output, const at::Tensor& targets) {
    return mean_of_records(parallel, dice_loss(output, targets), targets);
  };
  const LossFunction position = [parallel](const at::Tensor& output, const at::Tensor& targets) {
    return shared_mean(parallel, position_loss(output, targets), [&] { return targets.ne(kIgnoredClass).sum(); });
  };
  if (options.loss == "dice") return dice;
  if (options.loss == "cross_entropy") return position;
  return [dice, position](const at::Tensor& output, const at::Tensor& targets) {
    return position(output, targets) + dice(output, targets);
  };
}

std::unique_ptr<Scorer> segmentation_scorer(const TrainingData& data) {
  return std::make_unique<SegmentationScorer>(data.facts.classes);
}

}  // namespace nas
