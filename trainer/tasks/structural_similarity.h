// Structural similarity of two signals (Wang et al. 2004).
#pragma once

#include <ATen/core/Tensor.h>

namespace nas {

/// Of each record, (batch) float64: mean over channels and over all windows of 7 positions an axis (fewer
/// where an axis is shorter), uniform weights, sample covariances, K1 = 0.01, K2 = 0.03: what
/// scikit-image's structural_similarity gives by default. Both
/// (batch, channels, 1 to 3 axes) float64.
[[nodiscard]] at::Tensor structural_similarity(const at::Tensor& a, const at::Tensor& b, double range);

}  // namespace nas
