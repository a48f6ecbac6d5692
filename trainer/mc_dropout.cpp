#include "trainer/mc_dropout.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <memory>
#include <numeric>
#include <vector>

#include "nas/rng.h"
#include "trainer/batch_reader.h"
#include "trainer/pass_average.h"
#include "trainer/precision.h"
#include "trainer/tasks/task_functions.h"

namespace nas {
namespace {

/// The steps of a training have the other numbers.
constexpr std::uint64_t kAfterTraining = 0;

/// What is averaged over the passes: probabilities, or numbers as they are trained on; float64.
at::Tensor meaning(const at::Tensor& output, const at::Tensor& targets, TaskKind task) {
  const at::Tensor values = output.to(at::kDouble);
  switch (task) {
    case TaskKind::Classification:
      return values.flatten(1).softmax(1);
    case TaskKind::Segmentation:
      return values.softmax(1);
    case TaskKind::MultiLabel:
      return values.flatten(1).sigmoid();
    case TaskKind::Regression:
    case TaskKind::Restoration:
      return values.reshape_as(targets);
  }
  return values;
}

/// An output of which `values` are the meaning: what losses and scorers take.
at::Tensor output_of(const at::Tensor& values, TaskKind task) {
  constexpr double kSmallest = 1e-38;
  const auto log = [](const at::Tensor& p) { return p.clamp_min(kSmallest).log(); };
  switch (task) {
    case TaskKind::Classification:
    case TaskKind::Segmentation:
      return log(values).to(at::kFloat);
    case TaskKind::MultiLabel:
      return (log(values) - log(1 - values)).to(at::kFloat);
    case TaskKind::Regression:
    case TaskKind::Restoration:
      return values.to(at::kFloat);
  }
  return values;
}

/// Of many tensors' elements.
struct ElementMean {
  double sum = 0;
  std::int64_t count = 0;

  void add(const at::Tensor& values) {
    sum += values.sum().item<double>();
    count += values.numel();
  }
  double value() const { return sum / static_cast<double>(count); }
};

class McScore {
 public:
  McScore(const TrainingData& data, const TrainingOptions& options)
      : data_(data), loss_(make_loss(options, data, LossUse::Evaluation)), scorer_(make_scorer(data)) {}

  void add(const Estimate& estimate, const at::Tensor& targets) {
    const TaskKind task = data_.facts.task;
    const at::Tensor output = output_of(estimate.values, task);
    const auto records = static_cast<double>(targets.size(0));
    loss_sum_ += loss_(output, targets).item<double>() * records;
    records_ += records;
    scorer_->add(output, targets);
    if (estimate.deviation.defined()) {
      deviation_.add(estimate.deviation / unit());
      return;
    }
    const auto judged = [&](const at::Tensor& values) {
      return task == TaskKind::Segmentation ? values.masked_select(targets.ne(kIgnoredClass)) : values;
    };
    entropy_.add(judged(estimate.entropy));
    information_.add(judged(estimate.mutual_information));
  }

  Metrics metrics() const {
    const double loss = loss_sum_ / records_;
    Metrics metrics = {{"mc_loss", loss}};
    // As in validation: what is not finite has no order.
    if (std::isfinite(loss)) {
      for (const auto& [name, value] : scorer_->metrics()) metrics["mc_" + name] = value;
    }
    const auto keep = [&metrics](const char* name, const ElementMean& mean) {
      if (mean.count > 0) metrics[name] = mean.value();
    };
    keep("mc_entropy", entropy_);
    keep("mc_mutual_information", information_);
    keep("mc_deviation", deviation_);
    return metrics;
  }

 private:
  /// Normalised numbers over this have the unit of l1.
  at::Tensor unit() const {
    const at::Tensor scale = data_.targets.scale.to(at::kDouble);
    return data_.facts.task == TaskKind::Restoration ? scale * data_.target_range : scale;
  }

  const TrainingData& data_;
  LossFunction loss_;
  std::unique_ptr<Scorer> scorer_;
  double loss_sum_ = 0;
  double records_ = 0;
  ElementMean entropy_;
  ElementMean information_;
  ElementMean deviation_;
};

}  // namespace

Metrics mc_dropout_metrics(const TorchNetwork& network, const TrainingData& data, const TrainingOptions& options,
                           std::uint64_t seed) {
  if (options.mc_dropout == 0) return {};
  const at::NoGradGuard no_grad;
  const Precision precision = choose_precision(options.precision, data.device);
  at::manual_seed(Rng(seed, kAfterTraining, Stream::Dropout).next());
  std::vector<std::int64_t> order(data.validation.records.size());
  std::iota(order.begin(), order.end(), std::int64_t{0});
  BatchReader reader(data, data.validation, std::move(order), options.batch_size);
  McScore score(data, options);
  for (std::size_t b = 0; b < reader.batches(); ++b) {
    const Batch batch = evaluation_batch(data, reader.next());
    PassAverage average(data.facts.task);
    for (std::int64_t pass = 0; pass < options.mc_dropout; ++pass) {
      const at::Tensor output = forward_in(precision, network, batch.inputs, Mode::Sampling).front();
      average.add(meaning(output, batch.targets, data.facts.task));
    }
    score.add(average.estimate(), batch.targets);
  }
  return score.metrics();
}

}  // namespace nas
