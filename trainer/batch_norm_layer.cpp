#include <ATen/ops/batch_norm.h>
#include <ATen/ops/full.h>

#include "trainer/initialise.h"
#include "trainer/layer.h"
#include "trainer/sync_batch_norm.h"

namespace nas {

Layer build_batch_norm(LayerContext& context) {
  const Attributes a = context.node.attributes;
  const std::int64_t channels = context.inputs[0].channels;
  const auto options = at::TensorOptions().dtype(at::kFloat).device(context.device);
  Layer layer;
  std::optional<at::Tensor> weight;
  std::optional<at::Tensor> bias;
  if (a.affine) {
    weight = constant_parameter(std::vector{channels}, 1, context.device);
    bias = constant_parameter(std::vector{channels}, 0, context.device);
    layer.parameters = {{context.node.name + ".weight", *weight}, {context.node.name + ".bias", *bias}};
  }
  const at::Tensor mean = at::full({channels}, 0, options);
  const at::Tensor variance = at::full({channels}, 1, options);
  layer.buffers = {{context.node.name + ".running_mean", mean}, {context.node.name + ".running_var", variance}};
  layer.forward = [a, weight, bias, mean, variance](std::span<const at::Tensor> in, const Pass& pass) {
    // A copy rather than none: autograd then keeps the same tensors as the first time.
    const at::Tensor mean_now = pass.again ? mean.clone() : mean;
    const at::Tensor variance_now = pass.again ? variance.clone() : variance;
    if (pass.synchronise != nullptr) {
      return sync_batch_norm(*pass.synchronise, in[0], pass.share.whole,
                             {weight, bias, mean_now, variance_now, a.momentum, a.epsilon});
    }
    return at::batch_norm(in[0], weight, bias, mean_now, variance_now, pass.mode == Mode::Training, a.momentum,
                          a.epsilon, /*cudnn_enabled=*/true);
  };
  return layer;
}

}  // namespace nas
