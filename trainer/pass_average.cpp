#include "trainer/pass_average.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

namespace nas {
namespace {

/// -p log p, 0 where p is 0.
at::Tensor surprise(const at::Tensor& p) {
  constexpr double kSmallest = 1e-38;
  return -(p * p.clamp_min(kSmallest).log());
}

}  // namespace

bool PassAverage::of_numbers() const { return task_ == TaskKind::Regression || task_ == TaskKind::Restoration; }

at::Tensor PassAverage::entropy_of(const at::Tensor& p) const {
  if (task_ == TaskKind::MultiLabel) return surprise(p) + surprise(1 - p);
  return surprise(p).sum(1);
}

void PassAverage::add(const at::Tensor& values) {
  const at::NoGradGuard no_grad;
  ++passes_;
  if (passes_ == 1) {
    mean_ = values.clone();
    spread_ = of_numbers() ? (values - values) : entropy_of(values);
    return;
  }
  const at::Tensor before = values - mean_;
  mean_ += before / static_cast<double>(passes_);
  if (of_numbers()) {
    spread_ += before * (values - mean_);
  } else {
    spread_ += (entropy_of(values) - spread_) / static_cast<double>(passes_);
  }
}

Estimate PassAverage::estimate() const {
  const at::NoGradGuard no_grad;
  Estimate made{.values = mean_};
  if (of_numbers()) {
    made.deviation = (spread_ / static_cast<double>(passes_)).sqrt();
  } else {
    made.entropy = entropy_of(mean_);
    made.mutual_information = (made.entropy - spread_).clamp_min(0);
  }
  return made;
}

}  // namespace nas
