#include "trainer/tasks/squared_errors.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

namespace nas {

void SquaredErrors::add(const at::Tensor& found, const at::Tensor& truth) {
  const at::Tensor error = found - truth;
  const at::Tensor mean = truth.mean(0);
  if (rows_ == 0) {
    absolute_ = at::zeros_like(mean);
    squared_ = at::zeros_like(mean);
    mean_ = at::zeros_like(mean);
    distance_ = at::zeros_like(mean);
  }
  absolute_ = absolute_ + error.abs().sum(0);
  squared_ = squared_ + error.square().sum(0);
  // Chan et al. 1983: two groups into one.
  const auto before = static_cast<double>(rows_);
  const auto count = static_cast<double>(truth.size(0));
  const at::Tensor step = mean - mean_;
  distance_ = distance_ + (truth - mean).square().sum(0) + step.square() * (before * count / (before + count));
  mean_ = mean_ + step * (count / (before + count));
  rows_ += truth.size(0);
}

double SquaredErrors::absolute() const {
  return absolute_.defined() ? absolute_.mean().item<double>() / static_cast<double>(rows_) : 0;
}

double SquaredErrors::squared() const {
  return squared_.defined() ? squared_.mean().item<double>() / static_cast<double>(rows_) : 0;
}

std::optional<double> SquaredErrors::explained() const {
  if (!distance_.defined()) return std::nullopt;
  const at::Tensor varies = distance_.gt(0);
  if (!varies.any().item<bool>()) return std::nullopt;
  return (1 - squared_.masked_select(varies) / distance_.masked_select(varies)).mean().item<double>();
}

}  // namespace nas
