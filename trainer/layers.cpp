// The table of builders.
#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/prelu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/relu6.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include <array>

#include "nas/check.h"
#include "trainer/drop.h"
#include "trainer/initialise.h"
#include "trainer/layer.h"

namespace nas {

namespace {

using Inputs = std::span<const at::Tensor>;

Layer without_parameters(at::Tensor (*forward)(Inputs, const Pass&)) { return Layer{{}, {}, forward}; }

/// `Function` on the one input.
template <at::Tensor (*Function)(const at::Tensor&)>
Layer build_pointwise(LayerContext&) {
  return without_parameters([](Inputs in, const Pass&) { return Function(in[0]); });
}

at::Tensor exact_gelu(const at::Tensor& x) { return at::gelu(x); }

Layer build_identity(LayerContext&) {
  return without_parameters([](Inputs in, const Pass&) { return in[0]; });
}

Layer build_zero(LayerContext& context) {
  std::vector<std::int64_t> sizes = {0, context.node.shape.channels};
  for (std::size_t axis = 0; axis < context.node.shape.dims; ++axis) sizes.push_back(context.node.shape.size[axis]);
  const auto options = at::TensorOptions().dtype(at::kFloat).device(context.device);
  return Layer{{}, {}, [sizes, options](Inputs, const Pass& pass) mutable {
                 sizes[0] = pass.batch;
                 return at::zeros(sizes, options);
               }};
}

Layer build_relu(LayerContext&) {
  return without_parameters([](Inputs in, const Pass& pass) {
    if (!pass.overwrite_first) return at::relu(in[0]);
    at::Tensor x = in[0];
    return at::relu_(x);
  });
}

Layer build_add(LayerContext&) {
  return without_parameters([](Inputs in, const Pass& pass) {
    if (in.size() == 1) return in[0];
    at::Tensor sum = pass.overwrite_first ? in[0] : at::add(in[0], in[1]);
    for (std::size_t i = pass.overwrite_first ? 1 : 2; i < in.size(); ++i) sum.add_(in[i]);
    return sum;
  });
}

Layer build_multiply(LayerContext&) {
  return without_parameters([](Inputs in, const Pass&) {
    at::Tensor product = in[0];
    for (const at::Tensor& factor : in.subspan(1)) product = at::mul(product, factor);
    return product;
  });
}

Layer build_concat(LayerContext&) {
  return without_parameters([](Inputs in, const Pass&) { return at::cat(at::TensorList(in.data(), in.size()), 1); });
}

Layer build_flatten(LayerContext&) {
  return without_parameters([](Inputs in, const Pass&) { return in[0].flatten(1); });
}

Layer build_leaky_relu(LayerContext& context) {
  return Layer{
      {}, {}, [slope = context.node.attributes.slope](Inputs in, const Pass&) { return at::leaky_relu(in[0], slope); }};
}

Layer build_prelu(LayerContext& context) {
  constexpr double kFirstSlope = 0.25;  // He et al. 2015, and PyTorch's
  const std::int64_t slopes = context.node.attributes.shared ? 1 : context.inputs[0].channels;
  const at::Tensor weight = constant_parameter(std::vector{slopes}, kFirstSlope, context.device);
  return Layer{{{context.node.name + ".weight", weight}}, {}, [weight](Inputs in, const Pass&) {
                 return at::prelu(in[0], weight);
               }};
}

Layer build_softmax(LayerContext&) {
  return without_parameters([](Inputs in, const Pass&) { return at::softmax(in[0], 1); });
}

Layer build_dropout(LayerContext& context) {
  const double rate = context.node.attributes.rate;
  return Layer{{}, {}, [rate](Inputs in, const Pass& pass) {
                 return pass.mode == Mode::Evaluation ? in[0] : drop(in[0], rate, pass.share);
               }};
}

Layer build_input(LayerContext&) {
  return without_parameters(
      [](Inputs, const Pass&) -> at::Tensor { NAS_CHECK(false, "the input is given, not computed"); });
}

constexpr std::array kRows = {
    LayerRow{Op::Input, build_input},
    LayerRow{Op::Identity, build_identity},
    LayerRow{Op::Zero, build_zero},
    LayerRow{Op::Conv, build_conv},
    LayerRow{Op::Linear, build_linear},
    LayerRow{Op::MaxPool, build_max_pool},
    LayerRow{Op::AveragePool, build_average_pool},
    LayerRow{Op::GlobalAveragePool, build_global_average_pool},
    LayerRow{Op::BatchNorm, build_batch_norm},
    LayerRow{Op::Relu, build_relu},
    LayerRow{Op::Relu6, build_pointwise<at::relu6>},
    LayerRow{Op::Silu, build_pointwise<at::silu>},
    LayerRow{Op::Gelu, build_pointwise<exact_gelu>},
    LayerRow{Op::Sigmoid, build_pointwise<at::sigmoid>},
    LayerRow{Op::HardSwish, build_pointwise<at::hardswish>},
    LayerRow{Op::HardSigmoid, build_pointwise<at::hardsigmoid>},
    LayerRow{Op::Tanh, build_pointwise<at::tanh>},
    LayerRow{Op::Dropout, build_dropout},
    LayerRow{Op::Add, build_add},
    LayerRow{Op::Multiply, build_multiply},
    LayerRow{Op::Concat, build_concat},
    LayerRow{Op::Flatten, build_flatten},
    LayerRow{Op::Slice, build_slice},
    LayerRow{Op::ConvTranspose, build_conv_transpose},
    LayerRow{Op::GlobalMaxPool, build_global_max_pool},
    LayerRow{Op::AdaptiveAveragePool, build_adaptive_average_pool},
    LayerRow{Op::AdaptiveMaxPool, build_adaptive_max_pool},
    LayerRow{Op::LayerNorm, build_layer_norm},
    LayerRow{Op::GroupNorm, build_group_norm},
    LayerRow{Op::LeakyRelu, build_leaky_relu},
    LayerRow{Op::PRelu, build_prelu},
    LayerRow{Op::Softmax, build_softmax},
    LayerRow{Op::DropPath, build_drop_path},
    LayerRow{Op::ChannelShuffle, build_channel_shuffle},
    LayerRow{Op::Upsample, build_upsample},
    LayerRow{Op::Pad, build_pad},
    LayerRow{Op::Reshape, build_reshape},
};

}  // namespace

std::span<const LayerRow> layer_rows() { return kRows; }

}  // namespace nas
