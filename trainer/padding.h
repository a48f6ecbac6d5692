// Padding as a network's attributes have it, low and high side apart, in torch's terms.
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "nas/network.h"

namespace nas {

/// The first `dims` values.
[[nodiscard]] std::vector<std::int64_t> axis_values(const Axes& axes, std::size_t dims);

/// Low and high side are equal on all axes: torch's operations pad by themselves.
[[nodiscard]] bool pads_evenly(const Attributes& attributes);

/// (batch, channels, ...) -> the spatial axes grown by pad_low and pad_high.
[[nodiscard]] at::Tensor pad(const at::Tensor& input, const Attributes& attributes, std::size_t dims, double value);

}  // namespace nas
