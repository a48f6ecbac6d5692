#include <ATen/ops/convolution.h>

#include <cmath>

#include "trainer/cpu_autocast.h"
#include "trainer/initialise.h"
#include "trainer/layer.h"
#include "trainer/padding.h"

namespace nas {

namespace {

/// (rows, columns, kernel ...)
std::vector<std::int64_t> weight_sizes(std::int64_t rows, std::int64_t columns, const Attributes& a, std::size_t dims) {
  std::vector<std::int64_t> sizes = {rows, columns};
  for (const std::int64_t k : axis_values(a.kernel, dims)) sizes.push_back(k);
  return sizes;
}

/// He et al. 2015 by the outputs that one weight feeds: the gradient keeps its scale.
double kaiming_deviation(const Attributes& a, const Shape& input) {
  double fan_out = static_cast<double>(a.channels) / a.groups;
  for (const std::int64_t k : axis_values(a.kernel, input.dims)) fan_out *= static_cast<double>(k);
  return std::sqrt(2 / fan_out);
}

struct Weights {
  at::Tensor weight;
  std::optional<at::Tensor> bias;
};

Weights make_weights(LayerContext& context, const std::vector<std::int64_t>& sizes, Layer& layer) {
  const Attributes& a = context.node.attributes;
  Weights weights{normal_parameter(sizes, kaiming_deviation(a, context.inputs[0]), context.rng, context.device), {}};
  layer.parameters.push_back({context.node.name + ".weight", weights.weight});
  if (a.bias) {
    weights.bias = constant_parameter(std::vector{a.channels}, 0, context.device);
    layer.parameters.push_back({context.node.name + ".bias", *weights.bias});
  }
  return weights;
}

/// Cuts `pad_low` and `pad_high` positions off the ends.
at::Tensor crop(at::Tensor x, const Attributes& a, std::size_t dims) {
  for (std::size_t axis = 0; axis < dims; ++axis) {
    const auto dim = static_cast<std::int64_t>(axis) + 2;
    x = x.narrow(dim, a.pad_low[axis], x.size(dim) - a.pad_low[axis] - a.pad_high[axis]);
  }
  return x;
}

}  // namespace

Layer build_conv(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  const Shape& input = context.inputs[0];
  const std::size_t dims = input.dims;
  Layer layer;
  Weights weights = make_weights(context, weight_sizes(a.channels, input.channels / a.groups, a, dims), layer);
  const bool even = pads_evenly(a);
  const std::vector<std::int64_t> padding = even ? axis_values(a.pad_low, dims) : std::vector<std::int64_t>(dims, 0);
  layer.forward = [a, dims, even, padding, weights = std::move(weights), stride = axis_values(a.stride, dims),
                   dilation = axis_values(a.dilation, dims),
                   none = std::vector<std::int64_t>(dims, 0)](std::span<const at::Tensor> in, const Pass&) {
    const at::Tensor& x = in[0];
    return at::convolution(autocast_on_cpu(even ? x : pad(x, a, dims, 0)), autocast_on_cpu(weights.weight),
                           autocast_on_cpu(weights.bias), stride, padding, dilation, /*transposed=*/false, none,
                           a.groups);
  };
  return layer;
}

Layer build_conv_transpose(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  const Shape& input = context.inputs[0];
  const std::size_t dims = input.dims;
  Layer layer;
  Weights weights = make_weights(context, weight_sizes(input.channels, a.channels / a.groups, a, dims), layer);
  const bool even = pads_evenly(a);
  const std::vector<std::int64_t> padding = even ? axis_values(a.pad_low, dims) : std::vector<std::int64_t>(dims, 0);
  layer.forward = [a, dims, even, padding, weights = std::move(weights), stride = axis_values(a.stride, dims),
                   dilation = axis_values(a.dilation, dims),
                   output_padding = axis_values(a.output_padding, dims)](std::span<const at::Tensor> in, const Pass&) {
    at::Tensor y =
        at::convolution(autocast_on_cpu(in[0]), autocast_on_cpu(weights.weight), autocast_on_cpu(weights.bias), stride,
                        padding, dilation, /*transposed=*/true, output_padding, a.groups);
    return even ? y : crop(std::move(y), a, dims);
  };
  return layer;
}

}  // namespace nas
