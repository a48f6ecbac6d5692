// Operations over windows. PyTorch pads both sides of an axis alike; where a network does not, a
// module for the padding goes before, and one that cuts off what is too much after.
#include <fmt/format.h>

#include <algorithm>

#include "nas/export/operation_python.h"
#include "nas/export/python_values.h"

namespace nas::detail {
namespace {

bool pads_evenly(const Attributes& a) { return a.pad_low == a.pad_high; }

/// torch names the last axis first: (low, high) of it, then of the one before.
std::string padding_tuple(const std::vector<std::int64_t>& low, const std::vector<std::int64_t>& high) {
  std::vector<std::int64_t> amounts;
  for (std::size_t axis = low.size(); axis-- > 0;) {
    amounts.push_back(low[axis]);
    amounts.push_back(high[axis]);
  }
  return python_tuple(amounts);
}

std::vector<std::int64_t> first(const Axes& axes, std::size_t dims) {
  return {axes.begin(), axes.begin() + static_cast<std::ptrdiff_t>(dims)};
}

std::string padding_of(const Attributes& a, std::size_t dims) {
  return padding_tuple(first(a.pad_low, dims), first(a.pad_high, dims));
}

PythonModule zero_pad(std::string_view suffix, std::string padding, std::size_t dims) {
  return {suffix, fmt::format("nn.ZeroPad{}d", dims), {{std::move(padding), "padding"}}};
}

std::vector<PythonArgument> conv_arguments(const Node& node, const Shape& input, std::string padding) {
  const Attributes& a = node.attributes;
  return {{std::to_string(input.channels), "in_channels"},
          {std::to_string(a.channels), "out_channels"},
          {python_axes(a.kernel, input.dims), "kernel_size", "kernel_size"},
          {python_axes(a.stride, input.dims), "stride", "stride", "1"},
          {std::move(padding), "padding", "padding", "0"},
          {python_axes(a.dilation, input.dims), "dilation", "dilation", "1"},
          {std::to_string(a.groups), "groups", "groups", "1"},
          {python_bool(a.bias), "bias", "bias", "True"}};
}

/// In ceil mode torch rounds on the padded size, the network on the unpadded one: how many more
/// positions torch has, by axis.
std::vector<std::int64_t> too_many(const Node& node, const Shape& input) {
  const Attributes& a = node.attributes;
  std::vector<std::int64_t> more;
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const std::int64_t padded = input.size[axis] + a.pad_low[axis] + a.pad_high[axis];
    const std::int64_t room = padded - std::int64_t{a.dilation[axis]} * (a.kernel[axis] - 1) - 1;
    std::int64_t count = room / a.stride[axis] + 1;
    if (a.ceil_mode && room % a.stride[axis] != 0 && count * a.stride[axis] < padded) ++count;
    more.push_back(node.shape.size[axis] - count);  // below 0: cut off
  }
  return more;
}

void cut_off(std::vector<PythonModule>& modules, const Node& node, const Shape& input) {
  const std::vector<std::int64_t> more = too_many(node, input);
  if (std::all_of(more.begin(), more.end(), [](std::int64_t count) { return count == 0; })) return;
  modules.push_back(zero_pad("_crop", padding_tuple(std::vector<std::int64_t>(more.size(), 0), more), input.dims));
}

PythonModule window_module(std::string_view kind, const Node& node, const Shape& input, std::string padding) {
  const Attributes& a = node.attributes;
  std::vector<PythonArgument> arguments = {{python_axes(a.kernel, input.dims), "kernel_size"},
                                           {python_axes(a.stride, input.dims), "stride", "stride"},
                                           {std::move(padding), "padding", "padding", "0"}};
  if (node.op == Op::MaxPool) {
    arguments.push_back({python_axes(a.dilation, input.dims), "dilation", "dilation", "1"});
  }
  arguments.push_back({python_bool(a.ceil_mode), "ceil_mode", "ceil_mode", "False"});
  if (node.op == Op::AveragePool) {
    const bool count = a.count_include_pad || !pads_evenly(a);
    arguments.push_back({python_bool(count), "count_include_pad", "count_include_pad", "True"});
  }
  return {"", fmt::format("nn.{}Pool{}d", kind, input.dims), std::move(arguments)};
}

}  // namespace

PythonCode conv_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  const std::size_t dims = inputs[0].dims;
  PythonCode code;
  if (!pads_evenly(a)) code.modules.push_back(zero_pad("_pad", padding_of(a, dims), dims));
  const std::string padding = pads_evenly(a) ? python_axes(a.pad_low, dims) : "0";
  code.modules.push_back({"", fmt::format("nn.Conv{}d", dims), conv_arguments(node, inputs[0], padding)});
  return code;
}

PythonCode conv_transpose_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  const std::size_t dims = inputs[0].dims;
  const std::string padding = pads_evenly(a) ? python_axes(a.pad_low, dims) : "0";
  std::vector<PythonArgument> arguments = conv_arguments(node, inputs[0], padding);
  arguments.push_back({python_axes(a.output_padding, dims), "output_padding", "output_padding", "0"});
  PythonCode code;
  code.modules.push_back({"", fmt::format("nn.ConvTranspose{}d", dims), std::move(arguments)});
  if (pads_evenly(a)) return code;
  std::vector<std::int64_t> low = first(a.pad_low, dims);
  std::vector<std::int64_t> high = first(a.pad_high, dims);
  for (auto* const side : {&low, &high}) {
    for (std::int64_t& amount : *side) amount = -amount;
  }
  code.modules.push_back(zero_pad("_crop", padding_tuple(low, high), dims));
  return code;
}

PythonCode max_pool_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  const std::size_t dims = inputs[0].dims;
  if (pads_evenly(a)) return {.modules = {window_module("Max", node, inputs[0], python_axes(a.pad_low, dims))}};
  PythonCode code;
  code.modules.push_back({"_pad",
                          fmt::format("nn.ConstantPad{}d", dims),
                          {{padding_of(a, dims), "padding"}, {"float(\"-inf\")", "value"}}});
  code.modules.push_back(window_module("Max", node, inputs[0], "0"));
  cut_off(code.modules, node, inputs[0]);
  return code;
}

PythonCode average_pool_python(const Node& node, Shapes inputs) {
  const Attributes& a = node.attributes;
  const std::size_t dims = inputs[0].dims;
  if (pads_evenly(a)) return {.modules = {window_module("Avg", node, inputs[0], python_axes(a.pad_low, dims))}};
  PythonCode code;
  PythonModule pool = window_module("Avg", node, inputs[0], "0");
  if (a.count_include_pad) {
    code.modules.push_back(zero_pad("_pad", padding_of(a, dims), dims));
  } else {
    pool.arguments.insert(pool.arguments.begin(), {padding_of(a, dims), "padding"});
    pool.callee = fmt::format("UnevenAvgPool{}d", dims);
  }
  code.modules.push_back(std::move(pool));
  cut_off(code.modules, node, inputs[0]);
  return code;
}

PythonCode pad_python(const Node& node, Shapes inputs) {
  return {.modules = {zero_pad("", padding_of(node.attributes, inputs[0].dims), inputs[0].dims)}};
}

}  // namespace nas::detail
