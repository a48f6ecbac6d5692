#include "trainer/sgd.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_fused_sgd.h>
#include <ATen/ops/empty_like.h>

#include <cmath>
#include <numbers>

#include "nas/check.h"

namespace nas {

Sgd::Sgd(std::vector<at::Tensor> parameters, const TrainingOptions& options)
    : parameters_(std::move(parameters)), options_(options) {
  if (options_.momentum == 0) return;
  for (const at::Tensor& parameter : parameters_) momentum_.push_back(at::empty_like(parameter.detach()));
}

void Sgd::step(double learning_rate) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> gradients;
  gradients.reserve(parameters_.size());
  for (const at::Tensor& parameter : parameters_) {
    NAS_CHECK(parameter.grad().defined(), "the output depends on every parameter of the plan");
    gradients.push_back(parameter.grad());
  }
  // Nesterov's form without momentum is the plain step; torch refuses the combination.
  const bool nesterov = options_.nesterov && !momentum_.empty();
  at::_fused_sgd_(parameters_, gradients, momentum_, options_.weight_decay, options_.momentum, learning_rate,
                  /*dampening=*/0, nesterov, /*maximize=*/false, first_step_);
  first_step_ = false;
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
}

double scheduled_rate(const TrainingOptions& options, std::int64_t step, std::int64_t steps) {
  if (options.schedule == "constant") return options.learning_rate;
  const double done = static_cast<double>(step) / static_cast<double>(steps);
  return options.learning_rate * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

}  // namespace nas
