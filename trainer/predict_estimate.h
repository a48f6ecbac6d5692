// What a network's raw output means: probabilities or stored units, and how sure it is of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "trainer/predict_network.h"
#include "trainer/preprocessing.h"

namespace nas {

/// On the network's device; tensors that do not apply are undefined.
struct Estimate {
  /// (batch, classes, ...) probabilities; (batch, numbers, ...) in the units of the targets.
  at::Tensor values;
  // Of several passes with dropout: for classes of a position or record (batch, ...) in nats, for
  // labels (batch, labels) each by itself.
  at::Tensor entropy = {};             // of the mean prediction
  at::Tensor mutual_information = {};  // between prediction and weights: entropy - mean entropy of the passes
  at::Tensor deviation = {};           // of numbers, over the passes; as `values`
};

/// Scales channels of (batch, channels, ...) or undoes it.
class ChannelScaler {
 public:
  ChannelScaler(const ChannelScaling& scaling, at::Device device);
  [[nodiscard]] at::Tensor apply(const at::Tensor& stored) const;
  [[nodiscard]] at::Tensor undo(const at::Tensor& scaled) const;

 private:
  at::Tensor scale_;
  at::Tensor offset_;
};

class Estimator {
 public:
  Estimator(Preprocessing preprocessing, at::Device device);

  /// `stored`: (batch, channels, ...) float32 on the CPU, in stored units; NaN becomes the mean.
  [[nodiscard]] at::Tensor ready_input(const at::Tensor& stored) const;
  /// Probabilities or stored units of a raw output.
  [[nodiscard]] at::Tensor meaning(const at::Tensor& output) const;
  /// `passes` 0: one, without dropout. `input` as ready_input gives it.
  [[nodiscard]] Estimate estimate(const PredictNetwork& network, const at::Tensor& input, std::int64_t passes) const;

 private:
  [[nodiscard]] at::Tensor entropy_of(const at::Tensor& probabilities) const;

  Preprocessing preprocessing_;
  at::Device device_;
  ChannelScaler inputs_;
  ChannelScaler targets_;
};

}  // namespace nas
