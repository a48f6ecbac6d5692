// How gradients change weights. All tensors of a group are updated in one call of torch's fused or foreach operations.
#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "trainer/layer.h"
#include "trainer/training_options.h"

namespace nas {

/// Used from one thread.
class Optimizer {
 public:
  virtual ~Optimizer() = default;
  /// Updates the weights by their gradients, which are of no use afterwards. `overflow`: 0-dim float32, where it is 1
  /// nothing is changed. REQUIRES: every parameter has a gradient.
  virtual void step(double learning_rate, const std::optional<at::Tensor>& overflow) = 0;
  /// What goes on from step to step, by names for a checkpoint. Shared, not copied.
  [[nodiscard]] virtual std::vector<NamedTensor> state() const = 0;
};

/// By `optimizer`, as torch.optim with the same arguments:
/// - sgd: SGD, dampening 0
/// - adamw: AdamW (beta1, beta2, epsilon)
/// - rmsprop: RMSprop (alpha = rms_decay, not centred); by `rms_form: tensorflow` as TensorFlow 1's RMSPropOptimizer
/// Weight decay is left out for tensors of one axis (biases, normalisations, slopes) unless `decay_all`.
[[nodiscard]] std::unique_ptr<Optimizer> make_optimizer(std::span<const NamedTensor> parameters,
                                                        const TrainingOptions& options);

/// Tensors that are decayed alike, by the names of the parameters.
struct ParameterGroup {
  std::vector<std::string> names = {};
  std::vector<at::Tensor> parameters = {};
  double weight_decay = 0;

  [[nodiscard]] std::vector<at::Tensor> gradients() const;  // REQUIRES: every parameter has one
};

/// One group, or those that are decayed and those that are not; none is empty.
[[nodiscard]] std::vector<ParameterGroup> parameter_groups(std::span<const NamedTensor> parameters,
                                                           const TrainingOptions& options);

}  // namespace nas
