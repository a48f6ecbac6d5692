// Any number of labels for each record.

#include <ATen/TensorOperators.h>
#include <ATen/ops/binary_cross_entropy_with_logits.h>
#include <ATen/ops/cat.h>

#include <vector>

#include "trainer/tasks/counted_scores.h"
#include "trainer/tasks/task_functions.h"

namespace nas {

namespace {

class MultiLabelScorer final : public Scorer {
 public:
  void add(const at::Tensor& output, const at::Tensor& targets) override {
    logits_.push_back(output.detach().flatten(1));
    targets_.push_back(targets);
  }

  Metrics metrics() const override {
    if (logits_.empty()) return {};
    const at::Tensor logits = at::cat(logits_).to(at::kDouble).cpu();
    const at::Tensor truths = at::cat(targets_).to(at::kByte).cpu();
    const at::Tensor predictions = logits.gt(0).to(at::kByte);
    const at::Tensor right = predictions.eq(truths);
    Metrics metrics = {{"accuracy", right.to(at::kDouble).mean().item<double>()},
                       {"exact_match", right.all(1).to(at::kDouble).mean().item<double>()}};
    double f1_sum = 0;
    double area_sum = 0;
    std::int64_t areas = 0;
    for (std::int64_t label = 0; label < logits.size(1); ++label) {
      const at::Tensor scores = logits.select(1, label).contiguous();
      const at::Tensor positive = truths.select(1, label).contiguous();
      f1_sum += f1(confusion(positive, predictions.select(1, label).contiguous()), 1);
      const auto count = static_cast<std::size_t>(scores.numel());
      const auto area = auc({scores.const_data_ptr<double>(), count}, {positive.const_data_ptr<std::uint8_t>(), count});
      if (!area) continue;
      area_sum += *area;
      ++areas;
    }
    metrics["f1"] = f1_sum / static_cast<double>(logits.size(1));
    if (areas > 0) metrics["auc"] = area_sum / static_cast<double>(areas);
    return metrics;
  }

 private:
  static ConfusionMatrix confusion(const at::Tensor& truths, const at::Tensor& predictions) {
    ConfusionMatrix matrix(2);
    const auto* const truth = truths.const_data_ptr<std::uint8_t>();
    const auto* const prediction = predictions.const_data_ptr<std::uint8_t>();
    for (std::int64_t i = 0; i < truths.numel(); ++i) ++matrix.counts[std::size_t{2} * truth[i] + prediction[i]];
    return matrix;
  }

  std::vector<at::Tensor> logits_;
  std::vector<at::Tensor> targets_;
};

}  // namespace

LossFunction multi_label_loss(const TrainingOptions&, const TrainingData&, LossUse, const DataParallel* parallel) {
  return [parallel](const at::Tensor& output, const at::Tensor& targets) {
    return mean_of_records(parallel, at::binary_cross_entropy_with_logits(output.flatten(1), targets.flatten(1)),
                           targets);
  };
}

std::unique_ptr<Scorer> multi_label_scorer(const TrainingData&) { return std::make_unique<MultiLabelScorer>(); }

}  // namespace nas
