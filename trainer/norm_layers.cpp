#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>

#include "trainer/initialise.h"
#include "trainer/layer.h"

namespace nas {

namespace {

struct ScaleAndShift {
  std::optional<at::Tensor> weight;
  std::optional<at::Tensor> bias;
};

ScaleAndShift make_scale_and_shift(const LayerContext& context, Layer& layer) {
  if (!context.node.attributes.affine) return {};
  const std::vector channels = {context.inputs[0].channels};
  ScaleAndShift made{constant_parameter(channels, 1, context.device), constant_parameter(channels, 0, context.device)};
  layer.parameters = {{context.node.name + ".weight", *made.weight}, {context.node.name + ".bias", *made.bias}};
  return made;
}

}  // namespace

Layer build_layer_norm(LayerContext& context) {
  Layer layer;
  layer.forward = [learnt = make_scale_and_shift(context, layer), channels = context.inputs[0].channels,
                   epsilon = context.node.attributes.epsilon](std::span<const at::Tensor> in, const Pass&) {
    const at::Tensor last = in[0].movedim(1, -1);  // no copy where the channels are last in memory
    return at::layer_norm(last, {channels}, learnt.weight, learnt.bias, epsilon).movedim(-1, 1);
  };
  return layer;
}

Layer build_group_norm(LayerContext& context) {
  Layer layer;
  layer.forward = [learnt = make_scale_and_shift(context, layer), groups = context.node.attributes.groups,
                   epsilon = context.node.attributes.epsilon](std::span<const at::Tensor> in, const Pass&) {
    return at::group_norm(in[0], groups, learnt.weight, learnt.bias, epsilon);
  };
  return layer;
}

}  // namespace nas
