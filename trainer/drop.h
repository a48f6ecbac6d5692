// What is dropped at random in training.
#pragma once

#include <ATen/core/Tensor.h>

#include "trainer/layer.h"

namespace nas {

/// Srivastava et al. 2014: each element is 0 with probability `rate`, the others are divided by 1 - rate. Of a share of
/// a batch: what it would be in the whole.
[[nodiscard]] at::Tensor drop(const at::Tensor& input, double rate, const BatchShare& share);

}  // namespace nas
