// What a network's raw output means: probabilities or stored units, and how sure it is of them.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "trainer/pass_average.h"
#include "trainer/predict_network.h"
#include "trainer/preprocessing.h"

namespace nas {

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
  /// `passes` 0: one, without dropout. `input` as ready_input gives it. `kept`: these positions of the output alone,
  /// which the network was prepared for; null: all.
  [[nodiscard]] Estimate estimate(const PredictNetwork& network, const at::Tensor& input, std::int64_t passes,
                                  const RegionBox* kept = nullptr) const;

 private:
  Preprocessing preprocessing_;
  at::Device device_;
  ChannelScaler inputs_;
  ChannelScaler targets_;
};

}  // namespace nas
