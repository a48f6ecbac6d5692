// Operations that choose, order or drop parts of a tensor.
#include <ATen/ops/mul.h>
#include <ATen/ops/ones.h>

#include "trainer/drop.h"
#include "trainer/layer.h"

namespace nas {

using Inputs = std::span<const at::Tensor>;

Layer build_slice(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  return Layer{{}, {}, [start = a.start, channels = a.channels](Inputs in, const Pass&) {
                 return in[0].narrow(1, start, channels);
               }};
}

Layer build_channel_shuffle(LayerContext& context) {
  const std::int64_t groups = context.node.attributes.groups;
  return Layer{{}, {}, [groups, each = context.inputs[0].channels / groups](Inputs in, const Pass&) {
                 // Channels last, as images are in memory: one copy, and they stay so.
                 const at::Tensor split = in[0].movedim(1, -1).unflatten(-1, {groups, each});
                 return split.transpose(-1, -2).flatten(-2).movedim(-1, 1);
               }};
}

Layer build_reshape(LayerContext& context) {
  const Shape& shape = context.node.shape;
  std::vector<std::int64_t> sizes = {0, shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return Layer{{}, {}, [sizes](Inputs in, const Pass& pass) mutable {
                 sizes[0] = pass.batch;
                 return in[0].reshape(sizes);
               }};
}

/// Huang et al. 2016, Deep Networks with Stochastic Depth, for each example by itself.
Layer build_drop_path(LayerContext& context) {
  const double rate = context.node.attributes.rate;
  return Layer{{}, {}, [rate](Inputs in, const Pass& pass) {
                 const double now = rate * pass.drop_path;
                 if (pass.mode != Mode::Training || now == 0) return in[0];
                 std::vector<std::int64_t> sizes(static_cast<std::size_t>(in[0].dim()), 1);
                 sizes[0] = pass.batch;
                 return at::mul(in[0], drop(at::ones(sizes, in[0].options()), now, pass.share));
               }};
}

}  // namespace nas
