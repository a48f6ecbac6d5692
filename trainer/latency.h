// How long a trained network takes to answer.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/candidate.h"
#include "trainer/precision.h"
#include "trainer/torch_network.h"
#include "trainer/training_options.h"

namespace nas {

/// Of one forward pass in evaluation mode, from normalised input on the device to the outputs there.
struct Latency {
  double median_ms = 0;
  double spread_ms = 0;  // between the quartiles
};

/// Median and distance of the quartiles of single passes, interpolated between the two nearest.
/// REQUIRES: not empty.
[[nodiscard]] Latency latency_of(std::vector<double> passes_ms);

/// Normalised input on the device, all zeros, laid out as training has it: (batch, channels, sizes...).
[[nodiscard]] at::Tensor zero_batch(const Shape& shape, std::int64_t batch, c10::Device device);

/// Times passes one by one, the device synchronised before and after each, after a warm-up of at
/// least kWarmUpPasses: at least kLeastPasses, more for up to kMeasuredSeconds. With the threads
/// that torch has now. Input of zeros: its numbers do not matter to dense kernels.
[[nodiscard]] Latency measure_latency(const TorchNetwork& network, const Shape& input, std::int64_t batch,
                                      Precision precision, c10::Device device);
inline constexpr int kWarmUpPasses = 3;
inline constexpr int kLeastPasses = 11;
inline constexpr double kMeasuredSeconds = 0.25;

/// latency_metric_names() at batch 1 and at `training.latency_batch`; nothing where that is 0.
[[nodiscard]] Metrics latency_metrics(const TorchNetwork& network, const Shape& input, const TrainingOptions& training,
                                      c10::Device device);

}  // namespace nas
