#include "trainer/clip_gradients.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

namespace nas {

void clip_gradients(at::TensorList gradients, double most) {
  constexpr double kNotZero = 1e-6;  // torch's
  const at::NoGradGuard no_grad;
  const at::Tensor norm = at::linalg_vector_norm(at::stack(at::_foreach_norm(gradients)));
  at::_foreach_mul_(gradients, norm.add(kNotZero).reciprocal().mul(most).clamp_max(1));
}

}  // namespace nas
