#include "nas/export/operation_onnx.h"

#include <numbers>

#include "nas/operation.h"

namespace nas::detail {
namespace {

using Integers = std::vector<std::int64_t>;

constexpr std::int64_t kBatch = 0;  // Reshape: as the input has it

/// (batch, channels, size ...) as Reshape takes it.
Integers whole_shape(const Shape& shape) {
  Integers sizes = {kBatch, shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return sizes;
}

std::string reshape(const OnnxSite& site, const std::string& value, Integers sizes) {
  return site.add("Reshape", {value, site.graph.integers(std::move(sizes))});
}

/// One number a channel as a tensor that broadcasts over the signal.
std::string along_channels(const OnnxSite& site, const std::string& value) {
  Integers axes;
  for (std::size_t axis = 0; axis < site.dims(); ++axis) axes.push_back(static_cast<std::int64_t>(axis) + 1);
  return axes.empty() ? value : site.add("Unsqueeze", {value, site.graph.integers(axes)});
}

std::string constant_channels(const OnnxSite& site, std::int64_t count, float value) {
  return site.graph.numbers(std::vector<float>(static_cast<std::size_t>(count), value));
}

/// The order of axes that moves axis 1 to the end, or back.
Integers channels_last(std::size_t dims) {
  Integers order = {0};
  for (std::size_t axis = 0; axis < dims; ++axis) order.push_back(static_cast<std::int64_t>(axis) + 2);
  order.push_back(1);
  return order;
}

Integers channels_first(std::size_t dims) {
  Integers order = {0, static_cast<std::int64_t>(dims) + 1};
  for (std::size_t axis = 0; axis < dims; ++axis) order.push_back(static_cast<std::int64_t>(axis) + 1);
  return order;
}

}  // namespace

std::string plain_onnx(const OnnxSite& site) { return site.add(operation(site.node.op).onnx, site.values); }

std::string nothing_onnx(const OnnxSite& site) { return site.values[0]; }

std::string linear_onnx(const OnnxSite& site) {
  std::vector<std::string> inputs = {site.values[0], site.weight("weight")};
  if (site.dims() > 0) inputs[0] = site.add("Flatten", {site.values[0]}, {{"axis", std::int64_t{1}}});
  if (site.node.attributes.bias) inputs.push_back(site.weight("bias"));
  return site.add("Gemm", std::move(inputs), {{"transB", std::int64_t{1}}});
}

std::string batch_norm_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  const std::int64_t channels = site.inputs[0].channels;
  return site.add("BatchNormalization",
                  {site.values[0], a.affine ? site.weight("weight") : constant_channels(site, channels, 1),
                   a.affine ? site.weight("bias") : constant_channels(site, channels, 0), site.weight("running_mean"),
                   site.weight("running_var")},
                  {{"epsilon", a.epsilon}});
}

std::string layer_norm_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  const bool has_axes = site.dims() > 0;
  std::string value = site.values[0];
  if (has_axes) value = site.add("Transpose", {value}, {{"perm", channels_last(site.dims())}});
  std::vector<std::string> inputs = {value, constant_channels(site, site.inputs[0].channels, 1)};
  if (a.affine) inputs = {value, site.weight("weight"), site.weight("bias")};
  value = site.add("LayerNormalization", std::move(inputs), {{"axis", std::int64_t{-1}}, {"epsilon", a.epsilon}});
  return has_axes ? site.add("Transpose", {value}, {{"perm", channels_first(site.dims())}}) : value;
}

std::string group_norm_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  const std::string grouped = reshape(site, site.values[0], {kBatch, a.groups, -1});
  const std::string normed = site.add(
      "InstanceNormalization", {grouped, constant_channels(site, a.groups, 1), constant_channels(site, a.groups, 0)},
      {{"epsilon", a.epsilon}});
  const std::string value = reshape(site, normed, whole_shape(site.node.shape));
  if (!a.affine) return value;
  const std::string scaled = site.add("Mul", {value, along_channels(site, site.weight("weight"))});
  return site.add("Add", {scaled, along_channels(site, site.weight("bias"))});
}

std::string relu6_onnx(const OnnxSite& site) {
  return site.add("Clip", {site.values[0], site.graph.number(0), site.graph.number(6)});
}

std::string silu_onnx(const OnnxSite& site) {
  return site.add("Mul", {site.values[0], site.add("Sigmoid", {site.values[0]})});
}

std::string gelu_onnx(const OnnxSite& site) {
  const std::string& x = site.values[0];
  const std::string scaled = site.add("Div", {x, site.graph.number(std::numbers::sqrt2_v<float>)});
  const std::string twice_phi = site.add("Add", {site.add("Erf", {scaled}), site.graph.number(1)});
  return site.add("Mul", {site.add("Mul", {x, twice_phi}), site.graph.number(0.5F)});
}

std::string hard_sigmoid_onnx(const OnnxSite& site) {
  return site.add("HardSigmoid", site.values, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}

std::string leaky_relu_onnx(const OnnxSite& site) {
  return site.add("LeakyRelu", site.values, {{"alpha", site.node.attributes.slope}});
}

std::string prelu_onnx(const OnnxSite& site) {
  return site.add("PRelu", {site.values[0], along_channels(site, site.weight("weight"))});
}

std::string softmax_onnx(const OnnxSite& site) { return site.add("Softmax", site.values, {{"axis", std::int64_t{1}}}); }

std::string zero_onnx(const OnnxSite& site) {
  const std::string batch = site.add("Shape", site.values, {{"start", std::int64_t{0}}, {"end", std::int64_t{1}}});
  Integers rest = whole_shape(site.node.shape);
  rest.erase(rest.begin());
  const std::string sizes =
      site.add("Concat", {batch, site.graph.integers(std::move(rest))}, {{"axis", std::int64_t{0}}});
  return site.add("ConstantOfShape", {sizes});
}

std::string multiply_onnx(const OnnxSite& site) {
  std::string product = site.values[0];
  for (std::size_t i = 1; i < site.values.size(); ++i) product = site.add("Mul", {product, site.values[i]});
  return product;
}

std::string concat_onnx(const OnnxSite& site) { return site.add("Concat", site.values, {{"axis", std::int64_t{1}}}); }

std::string slice_onnx(const OnnxSite& site) {
  const Attributes& a = site.node.attributes;
  OnnxGraph& graph = site.graph;
  return site.add("Slice", {site.values[0], graph.integers({a.start}), graph.integers({a.start + a.channels}),
                            graph.integers({1})});
}

std::string channel_shuffle_onnx(const OnnxSite& site) {
  const Shape& shape = site.inputs[0];
  const std::int64_t groups = site.node.attributes.groups;
  Integers split = whole_shape(shape);
  split[1] = shape.channels / groups;
  split.insert(split.begin() + 1, groups);
  Integers order = {0, 2, 1};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) order.push_back(static_cast<std::int64_t>(axis) + 3);
  const std::string swapped =
      site.add("Transpose", {reshape(site, site.values[0], std::move(split))}, {{"perm", std::move(order)}});
  return reshape(site, swapped, whole_shape(shape));
}

std::string reshape_onnx(const OnnxSite& site) { return reshape(site, site.values[0], whole_shape(site.node.shape)); }

}  // namespace nas::detail
