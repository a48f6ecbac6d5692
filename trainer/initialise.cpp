#include "trainer/initialise.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/full.h>

#include <cmath>
#include <numbers>

namespace nas {

namespace {

c10::IntArrayRef as_ref(std::span<const std::int64_t> sizes) { return {sizes.data(), sizes.size()}; }

at::Tensor as_parameter(at::Tensor values, at::Device device) {
  const auto format = values.dim() == 4 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
  return values.to(device).contiguous(format).requires_grad_(true);
}

}  // namespace

at::Tensor normal_parameter(std::span<const std::int64_t> sizes, double deviation, Rng& rng, at::Device device) {
  at::Tensor values = at::empty(as_ref(sizes), at::kFloat);
  float* const data = values.mutable_data_ptr<float>();
  const std::int64_t count = values.numel();
  // Box and Muller 1958: two normal numbers from two uniform ones.
  for (std::int64_t i = 0; i < count; i += 2) {
    const double radius = deviation * std::sqrt(-2 * std::log1p(-rng.uniform()));
    const double angle = 2 * std::numbers::pi * rng.uniform();
    data[i] = static_cast<float>(radius * std::cos(angle));
    if (i + 1 < count) data[i + 1] = static_cast<float>(radius * std::sin(angle));
  }
  return as_parameter(std::move(values), device);
}

at::Tensor uniform_parameter(std::span<const std::int64_t> sizes, double bound, Rng& rng, at::Device device) {
  at::Tensor values = at::empty(as_ref(sizes), at::kFloat);
  float* const data = values.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < values.numel(); ++i) data[i] = static_cast<float>(bound * (2 * rng.uniform() - 1));
  return as_parameter(std::move(values), device);
}

at::Tensor constant_parameter(std::span<const std::int64_t> sizes, double value, at::Device device) {
  return as_parameter(at::full(as_ref(sizes), value, at::kFloat), device);
}

}  // namespace nas
