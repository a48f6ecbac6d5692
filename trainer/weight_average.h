// An exponential moving average of what a network has learnt.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <vector>

#include "trainer/layer.h"

namespace nas {

/// average = d * average + (1 - d) * value after each step, d = min(decay, (1 + n) / (10 + n)) with n steps done:
/// TensorFlow's ExponentialMovingAverage with num_updates, so that short trainings do not average over their beginning.
/// Used from one thread.
class WeightAverage {
 public:
  /// Of these tensors (weights, running statistics), which are shared; begins with their values.
  WeightAverage(std::span<const NamedTensor> tensors, double decay);

  /// After step `steps` (1: the first).
  void update(std::int64_t steps);

  /// The averages as `ema.<name>`. Shared, not copied.
  [[nodiscard]] std::vector<NamedTensor> state() const;

 private:
  friend class AveragedWeights;
  std::vector<std::string> names_;
  std::vector<at::Tensor> values_;    // of the network, whose memory they share
  std::vector<at::Tensor> averages_;  // by tensor
  double decay_;
};

/// While it lives the network has the averages, in the memory of its weights; nothing happens where there are none.
class AveragedWeights {
 public:
  explicit AveragedWeights(const WeightAverage* average);
  ~AveragedWeights();
  AveragedWeights(const AveragedWeights&) = delete;
  AveragedWeights& operator=(const AveragedWeights&) = delete;

 private:
  std::vector<at::Tensor> values_;
  std::vector<at::Tensor> own_;  // the network's, meanwhile
};

}  // namespace nas
