#include <ATen/ops/linear.h>

#include <cmath>

#include "trainer/initialise.h"
#include "trainer/layer.h"

namespace nas {

Layer build_linear(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  const std::int64_t features = context.inputs[0].elements();
  // What torch.nn.Linear draws: Kaiming uniform with a = sqrt(5) comes to this bound.
  const double bound = 1 / std::sqrt(static_cast<double>(features));
  Layer layer;
  const at::Tensor weight = uniform_parameter(std::vector{a.channels, features}, bound, context.rng, context.device);
  layer.parameters.push_back({context.node.name + ".weight", weight});
  std::optional<at::Tensor> bias;
  if (a.bias) {
    bias = uniform_parameter(std::vector{a.channels}, bound, context.rng, context.device);
    layer.parameters.push_back({context.node.name + ".bias", *bias});
  }
  layer.forward = [weight, bias](std::span<const at::Tensor> in, const Pass&) {
    return at::linear(in[0].flatten(1), weight, bias);
  };
  return layer;
}

}  // namespace nas
