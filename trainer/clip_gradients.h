// Gradients that are too large, made smaller.
#pragma once

#include <ATen/core/Tensor.h>

namespace nas {

/// Scales the gradients in place so that the L2 norm of all of them together is at most `most` (Pascanu et al. 2013),
/// as torch.nn.utils.clip_grad_norm_. The device is not waited for.
void clip_gradients(at::TensorList gradients, double most);

}  // namespace nas
