#include "trainer/latency.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "trainer/device.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_of_pass(const TorchNetwork& network, const at::Tensor& input, Precision precision,
                            c10::Device device) {
  synchronize(device);
  const Clock::time_point start = Clock::now();
  const std::vector<at::Tensor> outputs = forward_in(precision, network, input, Mode::Evaluation);
  synchronize(device);
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double quantile(const std::vector<double>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(place);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (place - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

}  // namespace

at::Tensor zero_batch(const Shape& shape, std::int64_t batch, c10::Device device) {
  std::vector<std::int64_t> sizes = {batch, shape.channels};
  sizes.insert(sizes.end(), shape.size.begin(), shape.size.begin() + static_cast<std::ptrdiff_t>(shape.dims));
  const at::Tensor input = at::zeros(sizes, at::TensorOptions().dtype(at::kFloat).device(device));
  // As training has its images.
  return shape.dims == 2 ? input.contiguous(at::MemoryFormat::ChannelsLast) : input;
}

Latency latency_of(std::vector<double> passes_ms) {
  std::sort(passes_ms.begin(), passes_ms.end());
  return {quantile(passes_ms, 0.5), quantile(passes_ms, 0.75) - quantile(passes_ms, 0.25)};
}

Latency measure_latency(const TorchNetwork& network, const Shape& input, std::int64_t batch, Precision precision,
                        c10::Device device) {
  const at::NoGradGuard no_grad;
  const at::Tensor examples = zero_batch(input, batch, device);
  for (int i = 0; i < kWarmUpPasses; ++i) (void)milliseconds_of_pass(network, examples, precision, device);
  std::vector<double> passes;
  double total = 0;
  while (passes.size() < kLeastPasses || total < 1e3 * kMeasuredSeconds) {
    passes.push_back(milliseconds_of_pass(network, examples, precision, device));
    total += passes.back();
  }
  return latency_of(std::move(passes));
}

Metrics latency_metrics(const TorchNetwork& network, const Shape& input, const TrainingOptions& training,
                        c10::Device device) {
  if (training.latency_batch == 0) return {};
  const Precision precision = choose_precision(training.precision, device);
  const Latency one = measure_latency(network, input, 1, precision, device);
  const Latency many = measure_latency(network, input, training.latency_batch, precision, device);
  return {{"latency_ms", one.median_ms},
          {"latency_spread_ms", one.spread_ms},
          {"latency_batch_ms", many.median_ms},
          {"latency_batch_spread_ms", many.spread_ms}};
}

}  // namespace nas
