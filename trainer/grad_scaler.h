// Dynamic loss scaling: keeps gradients of fp16 above its smallest number (Micikevicius et al. 2018).
#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "trainer/layer.h"

namespace nas {

/// torch.amp.GradScaler's rule: the scale halves after a step with an infinite or NaN gradient, which changes no
/// weight, and doubles after 2,000 good ones. All of it happens on the device, which is never waited for.
class GradScaler {
 public:
  explicit GradScaler(at::Device device);

  /// What to call backward on.
  [[nodiscard]] at::Tensor scaled(const at::Tensor& loss) const;

  /// Divides the gradients by the scale, in place. Gives 1 where one of them is not finite, else 0: 0-dim float32,
  /// until the next call.
  [[nodiscard]] at::Tensor unscale(at::TensorList gradients);

  /// After the optimiser's step.
  void update();

  [[nodiscard]] double scale() const;  // waits for the device
  /// By names for a checkpoint. Shared, not copied.
  [[nodiscard]] std::vector<NamedTensor> state() const;

 private:
  at::Tensor scale_;       // 0-dim float32
  at::Tensor good_steps_;  // 0-dim int32, since the scale changed
  at::Tensor overflow_;    // 0-dim float32
};

}  // namespace nas
