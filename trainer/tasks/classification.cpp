// One class for each record.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "trainer/tasks/counted_scores.h"
#include "trainer/tasks/task_functions.h"

namespace nas {

namespace {

constexpr std::int64_t kTop = 5;

/// records / (classes * records of the class); a class without training records counts as one that
/// has a single one.
at::Tensor balanced_weights(const TrainingData& data) {
  at::Tensor weights = at::empty({data.facts.classes}, at::kFloat);
  const auto records = static_cast<double>(data.train.size());
  const auto classes = static_cast<double>(data.facts.classes);
  for (std::size_t c = 0; c < data.class_records.size(); ++c) {
    const auto mine = static_cast<double>(std::max<std::int64_t>(1, data.class_records[c]));
    weights.mutable_data_ptr<float>()[c] = static_cast<float>(records / (classes * mine));
  }
  return weights.to(data.device);
}

class ClassificationScorer final : public Scorer {
 public:
  explicit ClassificationScorer(std::int64_t classes) : classes_(classes) {}

  void add(const at::Tensor& output, const at::Tensor& targets) override {
    logits_.push_back(output.detach().flatten(1));
    targets_.push_back(targets);
  }

  Metrics metrics() const override {
    if (logits_.empty()) return {};
    const at::Tensor logits = at::cat(logits_).to(at::kFloat);
    const at::Tensor truths = at::cat(targets_);
    const at::Tensor predictions = logits.argmax(1);
    const ConfusionMatrix matrix = confusion(truths, predictions);
    Metrics metrics = {{"accuracy", accuracy(matrix)},
                       {"balanced_accuracy", balanced_accuracy(matrix)},
                       {"f1", f1(matrix)},
                       {"top5", top(logits, truths)}};
    const at::Tensor probabilities = logits.to(at::kDouble).softmax(1).cpu();
    metrics["ece"] = expected_error(probabilities, truths.eq(predictions).to(at::kByte).cpu());
    if (const auto area = mean_area(probabilities, truths.cpu())) metrics["auc"] = *area;
    return metrics;
  }

 private:
  ConfusionMatrix confusion(const at::Tensor& truths, const at::Tensor& predictions) const {
    ConfusionMatrix matrix(classes_);
    const at::Tensor cells = (truths * classes_ + predictions).cpu();
    const auto* const cell = cells.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < cells.numel(); ++i) ++matrix.counts[static_cast<std::size_t>(cell[i])];
    return matrix;
  }

  double top(const at::Tensor& logits, const at::Tensor& truths) const {
    const at::Tensor best = std::get<1>(logits.topk(std::min(kTop, classes_), 1));
    return best.eq(truths.unsqueeze(1)).any(1).to(at::kDouble).mean().item<double>();
  }

  static double expected_error(const at::Tensor& probabilities, const at::Tensor& right) {
    const at::Tensor confidences = std::get<0>(probabilities.max(1)).contiguous();
    const auto count = static_cast<std::size_t>(confidences.numel());
    return calibration_error({confidences.const_data_ptr<double>(), count},
                             {right.const_data_ptr<std::uint8_t>(), count});
  }

  /// Of the class 1 of two, else the mean over classes of each against the rest.
  std::optional<double> mean_area(const at::Tensor& probabilities, const at::Tensor& truths) const {
    double sum = 0;
    std::int64_t defined = 0;
    for (std::int64_t c = classes_ == 2 ? 1 : 0; c < classes_; ++c) {
      const at::Tensor scores = probabilities.select(1, c).contiguous();
      const at::Tensor positive = truths.eq(c).to(at::kByte);
      const auto count = static_cast<std::size_t>(scores.numel());
      const auto area = auc({scores.const_data_ptr<double>(), count}, {positive.const_data_ptr<std::uint8_t>(), count});
      if (!area) continue;
      sum += *area;
      ++defined;
    }
    if (defined == 0) return std::nullopt;
    return sum / static_cast<double>(defined);
  }

  std::int64_t classes_;
  std::vector<at::Tensor> logits_;
  std::vector<at::Tensor> targets_;
};

}  // namespace

LossFunction classification_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                                 const DataParallel* parallel) {
  const bool training = use == LossUse::Training;
  const double smoothing = training ? options.label_smoothing : 0;
  const at::Tensor weights = training && options.class_weights == "balanced" ? balanced_weights(data) : at::Tensor();
  return [smoothing, weights, parallel](const at::Tensor& output, const at::Tensor& targets) {
    const std::optional<at::Tensor> weight = weights.defined() ? std::optional(weights) : std::nullopt;
    const at::Tensor mean =
        at::cross_entropy_loss(output.flatten(1), targets, weight, at::Reduction::Mean, kIgnoredClass, smoothing);
    if (!weight) return mean_of_records(parallel, mean, targets);
    return shared_mean(parallel, mean, [&] { return weight->index_select(0, targets).sum(); });
  };
}

std::unique_ptr<Scorer> classification_scorer(const TrainingData& data) {
  return std::make_unique<ClassificationScorer>(data.facts.classes);
}

}  // namespace nas
