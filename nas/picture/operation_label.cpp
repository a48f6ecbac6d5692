#include "nas/picture/operation_label.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>
#include <variant>

#include "nas/node_shapes.h"
#include "nas/operation.h"

namespace nas::detail {
namespace {

// As papers write them; other names only lose their underscores.
constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kShortNames = {{
    {"batch_norm", "BN"},
    {"layer_norm", "LN"},
    {"group_norm", "GN"},
    {"relu", "ReLU"},
    {"relu6", "ReLU6"},
    {"leaky_relu", "leaky ReLU"},
    {"prelu", "PReLU"},
    {"silu", "SiLU"},
    {"gelu", "GELU"},
    {"average_pool", "avg pool"},
    {"global_average_pool", "global avg pool"},
    {"adaptive_average_pool", "adaptive avg pool"},
    {"transposed_conv", "transposed conv"},
    {"conv_transpose", "transposed conv"},
    {"zero", "zero"},
}};

std::string shown_name(std::string_view name) {
  for (const auto& [long_name, short_name] : kShortNames) {
    if (name == long_name) return std::string(short_name);
  }
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

/// Axes that the node's window can have: those of what it reads.
std::size_t dims_of(const Network& network, const Node& node) {
  return node.inputs.empty() ? node.shape.dims : network.shape_of(node.inputs[0]).dims;
}

/// "3x3"; of equal axes one number where `Equal::Once`.
enum class Equal { Once, Written };
std::string axes_text(const Axes& axes, std::size_t dims, Equal equal) {
  const auto end = axes.begin() + static_cast<std::ptrdiff_t>(dims);
  if (equal == Equal::Once && dims > 0 && std::all_of(axes.begin(), end, [&](auto n) { return n == axes[0]; })) {
    return std::to_string(axes[0]);
  }
  return fmt::format("{}", fmt::join(axes.begin(), end, "x"));
}

bool all_one(const Axes& axes) { return axes == Axes{1, 1, 1}; }

bool lists(const Operation& row, std::string_view attribute) {
  return std::any_of(row.attributes.begin(), row.attributes.end(),
                     [&](const AttributeField& field) { return field.name == attribute; });
}

struct NodeCost {
  std::int64_t params, macs;
};

NodeCost cost_of(const Network& network, const Node& node) {
  if (node.op == Op::Input) return {0, 0};
  const Operation& row = operation(node.op);
  NodeShapes shapes;
  const auto inputs = shapes.of(network, node.inputs);
  return {row.params(node.attributes, inputs), row.macs(node.attributes, inputs, node.shape)};
}

}  // namespace

bool is_depthwise(const Network& network, std::size_t node) {
  const Node& n = network.nodes[node];
  return n.op == Op::Conv && n.attributes.groups > 1 && n.attributes.groups == network.shape_of(n.inputs[0]).channels;
}

bool is_pointwise(const Network& network, std::size_t node) {
  const Attributes& a = network.nodes[node].attributes;
  return network.nodes[node].op == Op::Conv && a.groups == 1 && all_one(a.kernel) && all_one(a.stride);
}

std::string short_label(const Network& network, std::size_t node) {
  const Node& n = network.nodes[node];
  const Operation& row = operation(n.op);
  const Attributes& a = n.attributes;
  const std::size_t dims = dims_of(network, n);
  const bool depthwise = is_depthwise(network, node);
  std::string text = (depthwise ? "depthwise " : "") + shown_name(row.name);
  if (lists(row, "kernel") && dims > 0) text += " " + axes_text(a.kernel, dims, Equal::Written);
  if (lists(row, "channels") && a.channels > 0) text += fmt::format(", {}", a.channels);
  if (lists(row, "units")) text += fmt::format(" {}", a.channels);
  if (lists(row, "stride") && !all_one(a.stride)) text += " / " + axes_text(a.stride, dims, Equal::Once);
  if (lists(row, "dilation") && !all_one(a.dilation)) text += ", dil " + axes_text(a.dilation, dims, Equal::Once);
  if (lists(row, "groups") && a.groups > 1 && !depthwise) text += fmt::format(", {} groups", a.groups);
  if (lists(row, "rate")) text += fmt::format(" {}", a.rate);
  return text;
}

std::string attribute_text(const Network& network, std::size_t node) {
  const Node& n = network.nodes[node];
  std::string text;
  for (const AttributeField& field : operation(n.op).attributes) {
    const auto value_text = [&](auto member) {
      const auto& value = n.attributes.*member;
      if constexpr (std::is_same_v<decltype(value), const Axes&>) {
        return axes_text(value, dims_of(network, n), Equal::Written);
      } else {
        return fmt::format("{}", value);
      }
    };
    text += fmt::format(" {}={}", field.name, std::visit(value_text, field.member));
  }
  return text;
}

std::string full_label(const Network& network, std::size_t node) {
  const Node& n = network.nodes[node];
  const NodeCost cost = cost_of(network, n);
  std::string text =
      fmt::format("{}: {}{}, {}", n.name, operation(n.op).name, attribute_text(network, node), to_string(n.shape));
  if (cost.params > 0) text += fmt::format(", {} params", with_commas(cost.params));
  if (cost.macs > 0) text += fmt::format(", {} MACs", with_commas(cost.macs));
  return text;
}

std::string with_commas(std::int64_t number) {
  std::string digits = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

}  // namespace nas::detail
