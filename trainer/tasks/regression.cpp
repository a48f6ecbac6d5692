// Numbers for each record.

#include <ATen/TensorOperators.h>
#include <ATen/ops/l1_loss.h>
#include <ATen/ops/mse_loss.h>

#include "trainer/tasks/squared_errors.h"
#include "trainer/tasks/task_functions.h"

namespace nas {

namespace {

class RegressionScorer final : public Scorer {
 public:
  explicit RegressionScorer(at::Tensor scale) : scale_(std::move(scale)) {}

  void add(const at::Tensor& output, const at::Tensor& targets) override {
    errors_.add(output.detach().view_as(targets).to(at::kDouble) / scale_, targets.to(at::kDouble) / scale_);
  }

  Metrics metrics() const override {
    Metrics metrics = {{"l1", errors_.absolute()}, {"mse", errors_.squared()}};
    if (const auto share = errors_.explained()) metrics["r2"] = *share;
    return metrics;
  }

 private:
  at::Tensor scale_;  // (targets): normalised / scale has the target's own unit
  SquaredErrors errors_;
};

}  // namespace

LossFunction regression_loss(const TrainingOptions& options, const TrainingData&, LossUse,
                             const DataParallel* parallel) {
  const bool absolute = options.loss == "l1";
  return [absolute, parallel](const at::Tensor& output, const at::Tensor& targets) {
    const at::Tensor found = output.reshape_as(targets);
    return mean_of_records(parallel, absolute ? at::l1_loss(found, targets) : at::mse_loss(found, targets), targets);
  };
}

std::unique_ptr<Scorer> regression_scorer(const TrainingData& data) {
  return std::make_unique<RegressionScorer>(data.targets.scale);
}

}  // namespace nas
