#include <ATen/ops/convolution.h>

#include <cmath>

#include "trainer/initialise.h"
#include "trainer/layer.h"
#include "trainer/padding.h"

namespace nas {

namespace {

std::vector<std::int64_t> weight_sizes(const Attributes& a, const Shape& input) {
  std::vector<std::int64_t> sizes = {a.channels, input.channels / a.groups};
  for (const std::int64_t k : axis_values(a.kernel, input.dims)) sizes.push_back(k);
  return sizes;
}

/// He et al. 2015 by the outputs that one weight feeds: the gradient keeps its scale.
double kaiming_deviation(const Attributes& a, const Shape& input) {
  double fan_out = static_cast<double>(a.channels) / a.groups;
  for (const std::int64_t k : axis_values(a.kernel, input.dims)) fan_out *= static_cast<double>(k);
  return std::sqrt(2 / fan_out);
}

}  // namespace

Layer build_conv(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  const Shape& input = context.inputs[0];
  const std::size_t dims = input.dims;
  Layer layer;
  const at::Tensor weight =
      normal_parameter(weight_sizes(a, input), kaiming_deviation(a, input), context.rng, context.device);
  layer.parameters.push_back({context.node.name + ".weight", weight});
  std::optional<at::Tensor> bias;
  if (a.bias) {
    bias = constant_parameter(std::vector{a.channels}, 0, context.device);
    layer.parameters.push_back({context.node.name + ".bias", *bias});
  }
  const bool even = pads_evenly(a);
  const std::vector<std::int64_t> padding = even ? axis_values(a.pad_low, dims) : std::vector<std::int64_t>(dims, 0);
  layer.forward = [a, dims, even, padding, weight, bias, stride = axis_values(a.stride, dims),
                   dilation = axis_values(a.dilation, dims),
                   none = std::vector<std::int64_t>(dims, 0)](std::span<const at::Tensor> in, const Pass&) {
    const at::Tensor& x = in[0];
    return at::convolution(even ? x : pad(x, a, dims, 0), weight, bias, stride, padding, dilation,
                           /*transposed=*/false, none, a.groups);
  };
  return layer;
}

}  // namespace nas
