// Autocast on the CPU for operations that torch leaves out of it there.
#pragma once

#include <ATen/autocast_mode.h>
#include <ATen/core/Tensor.h>

#include <optional>

namespace nas {

/// at::convolution is autocast on CUDA but not on the CPU, where conv1d to conv3d alone are: the tensor in the type of
/// an AutocastGuard that is there, else as it is. Weights are converted once a guard.
inline at::Tensor autocast_on_cpu(const at::Tensor& tensor) {
  if (!tensor.is_cpu() || !at::autocast::is_autocast_enabled(at::kCPU)) return tensor;
  return at::autocast::cached_cast(at::autocast::get_autocast_dtype(at::kCPU), tensor, at::kCPU);
}

inline std::optional<at::Tensor> autocast_on_cpu(const std::optional<at::Tensor>& tensor) {
  return tensor ? std::optional(autocast_on_cpu(*tensor)) : std::nullopt;
}

}  // namespace nas
