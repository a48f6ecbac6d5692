// Stochastic gradient descent with momentum, all parameters in one call.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "trainer/training_options.h"

namespace nas {

/// As torch.optim.SGD with the same arguments, dampening 0.
class Sgd {
 public:
  Sgd(std::vector<at::Tensor> parameters, const TrainingOptions& options);

  /// Updates the parameters by their gradients and drops these. REQUIRES: every parameter has one.
  void step(double learning_rate);

  /// By parameter; empty without momentum. Shared, not copied; of no value before the first step.
  [[nodiscard]] const std::vector<at::Tensor>& momentum() const { return momentum_; }
  /// momentum() now holds that of an earlier training, so the next step is not the first.
  void go_on() { first_step_ = false; }

 private:
  std::vector<at::Tensor> parameters_;
  std::vector<at::Tensor> momentum_;  // empty without momentum
  TrainingOptions options_;
  bool first_step_ = true;
};

/// Learning rate of step `step` (from 0) of `steps`.
[[nodiscard]] double scheduled_rate(const TrainingOptions& options, std::int64_t step, std::int64_t steps);

}  // namespace nas
