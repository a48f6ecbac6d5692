#include "trainer/weight_average.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_foreach_lerp.h>

#include <algorithm>

namespace nas {

WeightAverage::WeightAverage(std::span<const NamedTensor> tensors, double decay) : decay_(decay) {
  for (const NamedTensor& named : tensors) {
    names_.push_back(named.name);
    values_.push_back(named.tensor.detach());
    averages_.push_back(named.tensor.detach().clone());
  }
}

void WeightAverage::update(std::int64_t steps) {
  const at::NoGradGuard no_grad;
  const auto n = static_cast<double>(steps);
  at::_foreach_lerp_(averages_, values_, 1 - std::min(decay_, (1 + n) / (10 + n)));
}

std::vector<NamedTensor> WeightAverage::state() const {
  std::vector<NamedTensor> all;
  for (std::size_t i = 0; i < names_.size(); ++i) all.push_back({"ema." + names_[i], averages_[i]});
  return all;
}

AveragedWeights::AveragedWeights(const WeightAverage* average) {
  if (average == nullptr) return;
  const at::NoGradGuard no_grad;
  values_ = average->values_;
  for (const at::Tensor& value : values_) own_.push_back(value.clone());
  at::_foreach_copy_(values_, average->averages_);
}

AveragedWeights::~AveragedWeights() {
  const at::NoGradGuard no_grad;
  if (!own_.empty()) at::_foreach_copy_(values_, own_);
}

}  // namespace nas
