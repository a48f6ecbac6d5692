#include "nas/export/operation_python.h"

#include <fmt/format.h>

#include "nas/export/python_values.h"
#include "nas/operation.h"

namespace nas::detail {
namespace {

PythonCode one_module(std::string callee, std::vector<PythonArgument> arguments = {}) {
  return {.modules = {{"", std::move(callee), std::move(arguments)}}};
}

PythonArgument epsilon(const Attributes& a) { return {python_float(a.epsilon), "eps", "eps", "1e-05"}; }

std::vector<std::int64_t> sizes_of(const Shape& shape) {
  return {shape.size.begin(), shape.size.begin() + static_cast<std::ptrdiff_t>(shape.dims)};
}

/// (channels, size ...)
std::vector<std::int64_t> all_sizes(const Shape& shape) {
  std::vector<std::int64_t> sizes = sizes_of(shape);
  sizes.insert(sizes.begin(), shape.channels);
  return sizes;
}

PythonCode adaptive_python(std::string_view kind, const Node& node, std::size_t dims) {
  return one_module(fmt::format("nn.Adaptive{}Pool{}d", kind, dims),
                    {{python_axes(node.attributes.size, dims), "output_size"}});
}

}  // namespace

PythonCode plain_python(const Node& node, Shapes) {
  constexpr std::string_view kPackage = "torch.";
  return one_module(std::string(operation(node.op).pytorch.substr(kPackage.size())));
}

PythonCode global_average_pool_python(const Node&, Shapes inputs) {
  return one_module(fmt::format("nn.AdaptiveAvgPool{}d", inputs[0].dims), {{"1", "output_size"}});
}

PythonCode global_max_pool_python(const Node&, Shapes inputs) {
  std::vector<std::int64_t> axes;
  for (std::size_t axis = 0; axis < inputs[0].dims; ++axis) axes.push_back(static_cast<std::int64_t>(axis) + 2);
  return {.open = "torch.amax(", .close = fmt::format(", dim={}, keepdim=True)", python_tuple(axes))};
}

PythonCode adaptive_average_pool_python(const Node& node, Shapes inputs) {
  return adaptive_python("Avg", node, inputs[0].dims);
}

PythonCode adaptive_max_pool_python(const Node& node, Shapes inputs) {
  return adaptive_python("Max", node, inputs[0].dims);
}

PythonCode upsample_python(const Node& node, Shapes inputs) {
  constexpr std::string_view kModes[] = {"linear", "bilinear", "trilinear"};
  const std::size_t dims = inputs[0].dims;
  const std::string_view mode = node.attributes.linear ? kModes[dims - 1] : "nearest";
  return one_module("nn.Upsample", {{python_axes(node.attributes.scale, dims), "scale_factor", "scale_factor"},
                                    {fmt::format("\"{}\"", mode), "mode", "mode", "\"nearest\""}});
}

PythonCode linear_python(const Node& node, Shapes inputs) {
  PythonCode code = one_module("nn.Linear", {{std::to_string(inputs[0].elements()), "in_features"},
                                             {std::to_string(node.attributes.channels), "out_features"},
                                             {python_bool(node.attributes.bias), "bias", "bias", "True"}});
  if (inputs[0].dims > 0) {
    code.open = "torch.flatten(";
    code.close = ", 1)";
  }
  return code;
}

PythonCode batch_norm_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  const std::size_t dims = inputs[0].dims == 0 ? 1 : inputs[0].dims;
  return one_module(fmt::format("nn.BatchNorm{}d", dims), {{std::to_string(inputs[0].channels), "channels"},
                                                           epsilon(a),
                                                           {python_float(a.momentum), "momentum", "momentum", "0.1"},
                                                           {python_bool(a.affine), "affine", "affine", "True"}});
}

PythonCode layer_norm_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  return one_module(inputs[0].dims == 0 ? "nn.LayerNorm" : "ChannelLayerNorm",
                    {{std::to_string(inputs[0].channels), "channels"},
                     epsilon(a),
                     {python_bool(a.affine), "affine", "elementwise_affine", "True"}});
}

PythonCode group_norm_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  return one_module("nn.GroupNorm", {{std::to_string(a.groups), "groups"},
                                     {std::to_string(inputs[0].channels), "channels"},
                                     epsilon(a),
                                     {python_bool(a.affine), "affine", "affine", "True"}});
}

PythonCode dropout_python(const Node& node, Shapes) {
  return one_module("nn.Dropout", {{python_float(node.attributes.rate), "rate"}});
}

PythonCode drop_path_python(const Node& node, Shapes) {
  return one_module("DropPath", {{python_float(node.attributes.rate), "rate"}});
}

PythonCode leaky_relu_python(const Node& node, Shapes) {
  return one_module("nn.LeakyReLU", {{python_float(node.attributes.slope), "slope"}});
}

PythonCode prelu_python(const Node& node, Shapes inputs) {
  return one_module("nn.PReLU", {{std::to_string(node.attributes.shared ? 1 : inputs[0].channels), "slopes"}});
}

PythonCode softmax_python(const Node&, Shapes) { return one_module("nn.Softmax", {{"1", "dim", "dim"}}); }

PythonCode zero_python(const Node& node, Shapes inputs) {
  std::vector<PythonArgument> arguments = {{std::to_string(node.shape.channels), "channels"}};
  // Else it follows the size of what it reads.
  if (inputs[0].dims != node.shape.dims || inputs[0].size != node.shape.size) {
    for (const std::int64_t size : sizes_of(node.shape)) arguments.push_back({std::to_string(size), "size"});
  }
  return one_module("Zeros", std::move(arguments));
}

PythonCode add_python(const Node&, Shapes) { return {.separator = " + "}; }

PythonCode multiply_python(const Node&, Shapes) { return {.separator = " * "}; }

PythonCode concat_python(const Node&, Shapes) {
  return {.open = "torch.cat((", .separator = ", ", .close = "), dim=1)"};
}

PythonCode slice_python(const Node& node, Shapes) {
  const Attributes& a = node.attributes;
  return one_module("Slice", {{std::to_string(a.start), "start"}, {std::to_string(a.channels), "channels"}});
}

PythonCode channel_shuffle_python(const Node& node, Shapes) {
  return one_module("ChannelShuffle", {{std::to_string(node.attributes.groups), "groups"}});
}

PythonCode flatten_python(const Node&, Shapes) { return {.open = "torch.flatten(", .close = ", 1)"}; }

PythonCode reshape_python(const Node& node, Shapes inputs) {
  if (node.shape.dims == 0) return flatten_python(node, inputs);
  PythonCode code = one_module("nn.Unflatten", {{"1", "dim"}, {python_tuple(all_sizes(node.shape)), "size"}});
  if (inputs[0].dims > 0) {
    code.open = "torch.flatten(";
    code.close = ", 1)";
  }
  return code;
}

}  // namespace nas::detail
