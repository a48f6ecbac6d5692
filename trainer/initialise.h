// Initial weights as a pure function of (seed, node): the same on any device and thread count.
#pragma once

#include <ATen/core/Tensor.h>

#include <span>

#include "nas/rng.h"

namespace nas {

/// float32 on `device`, requires grad, channels_last where it has 4 axes.
[[nodiscard]] at::Tensor normal_parameter(std::span<const std::int64_t> sizes, double deviation, Rng& rng,
                                          at::Device device);
/// Uniform in [-bound, bound).
[[nodiscard]] at::Tensor uniform_parameter(std::span<const std::int64_t> sizes, double bound, Rng& rng,
                                           at::Device device);
[[nodiscard]] at::Tensor constant_parameter(std::span<const std::int64_t> sizes, double value, at::Device device);

}  // namespace nas
