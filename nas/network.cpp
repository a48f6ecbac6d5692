#include "nas/network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>

#include "nas/check.h"
#include "nas/node_shapes.h"
#include "nas/operation.h"
#include "nas/shape_rules.h"

namespace nas {
namespace {

constexpr std::size_t kTypicalNodes = 64;

void copy_field(const AttributeField& field, const Attributes& from, Attributes& to) {
  std::visit([&](auto member) { to.*member = from.*member; }, field.member);
}

std::optional<Error> check_arity(const Operation& row, std::size_t count) {
  if (row.arity == Arity::One && count != 1) {
    return Error{fmt::format("`{}` takes one tensor, got {}; join several with `add` or `concat`", row.name, count)};
  }
  if (row.arity == Arity::Many && count == 0) return Error{fmt::format("`{}` needs at least one tensor", row.name)};
  return std::nullopt;
}

}  // namespace

std::string to_string(const Shape& shape) {
  std::string text = std::to_string(shape.channels);
  for (std::size_t axis = 0; axis < shape.dims; ++axis) text += fmt::format("x{}", shape.size[axis]);
  return text;
}

std::optional<Error> check_shape(const Shape& shape) {
  if (shape.dims > Shape::kMaxDims) {
    return Error{fmt::format("a shape of {} axes, at most {} are possible", shape.dims, Shape::kMaxDims)};
  }
  bool positive = shape.channels >= 1;
  for (std::size_t axis = 0; axis < Shape::kMaxDims; ++axis) {
    positive = positive && shape.size[axis] >= 1 && (axis < shape.dims || shape.size[axis] == 1);
  }
  if (!positive)
    return Error{fmt::format("shape {} has an axis below 1, every axis needs at least 1", to_string(shape))};
  if (!detail::bounded_product({shape.channels, shape.size[0], shape.size[1], shape.size[2]})) {
    return Error{fmt::format("shape {} has more than 2^50 elements, use smaller axes", to_string(shape))};
  }
  return std::nullopt;
}

const Shape& Network::shape_of(std::int32_t node) const { return nodes[static_cast<std::size_t>(node)].shape; }

Network make_network(const Shape& input) {
  const auto error = check_shape(input);
  NAS_CHECK(!error, error->message);
  Network network;
  network.nodes.reserve(kTypicalNodes);
  network.nodes.push_back({Op::Input, {}, {}, input, "input"});
  return network;
}

Result<std::int32_t> add_node(Network& network, Op op, const Attributes& attributes, std::vector<std::int32_t> inputs,
                              std::string name) {
  const Operation& row = operation(op);
  if (auto error = check_arity(row, inputs.size())) return std::move(*error);
  for (const std::int32_t input : inputs) {
    NAS_CHECK(input >= 0 && static_cast<std::size_t>(input) < network.nodes.size(), "an input that does not exist");
  }
  detail::NodeShapes shapes;
  auto shape = row.infer(attributes, shapes.of(network, inputs));
  if (!shape) return shape.error();

  const auto index = static_cast<std::int32_t>(network.nodes.size());
  Node& node = network.nodes.emplace_back();
  node.op = op;
  for (const AttributeField& field : row.attributes) copy_field(field, attributes, node.attributes);
  node.inputs = std::move(inputs);
  node.shape = *shape;
  node.name = name.empty() ? fmt::format("{}_{}", row.name, index) : std::move(name);
  network.output = index;
  return index;
}

Result<Unit> add_exit(Network& network, Exit exit) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (exit.name.empty() || !std::all_of(exit.name.begin(), exit.name.end(), is_allowed)) {
    return Error{fmt::format("exit name '{}' (metrics are called by it), use letters, digits and '_'", exit.name)};
  }
  const auto has_name = [&](const Exit& other) { return other.name == exit.name; };
  if (std::any_of(network.exits.begin(), network.exits.end(), has_name)) {
    return Error{fmt::format("exit name '{}' is taken (each has its own metrics), choose another", exit.name)};
  }
  if (!(exit.weight >= 0 && std::isfinite(exit.weight))) {
    return Error{fmt::format("exit '{}': weight {} (of its loss beside the output's 1), use a number of at least 0",
                             exit.name, exit.weight)};
  }
  if (exit.node < 0 || static_cast<std::size_t>(exit.node) >= network.nodes.size()) {
    return Error{fmt::format("exit '{}': node {} does not exist, use an index below {}", exit.name, exit.node,
                             network.nodes.size())};
  }
  network.exits.push_back(std::move(exit));
  return Unit{};
}

std::vector<std::int32_t> output_nodes(const Network& network, Phase phase) {
  std::vector<std::int32_t> nodes = {network.output};
  for (const Exit& exit : network.exits) {
    if (phase == Phase::Training || !exit.auxiliary) nodes.push_back(exit.node);
  }
  return nodes;
}

std::vector<bool> used_nodes(const Network& network) {
  return used_nodes(network, output_nodes(network, Phase::Training));
}

std::vector<bool> used_nodes(const Network& network, const std::vector<std::int32_t>& roots) {
  std::vector<bool> used(network.nodes.size());
  for (const std::int32_t root : roots) used[static_cast<std::size_t>(root)] = true;
  for (std::size_t i = network.nodes.size(); i-- > 0;) {
    if (!used[i]) continue;
    for (const std::int32_t input : network.nodes[i].inputs) used[static_cast<std::size_t>(input)] = true;
  }
  return used;
}

std::vector<bool> reached_nodes(const Network& network) {
  std::vector<bool> reached(network.nodes.size());
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const bool all = node.op != Op::Add && node.op != Op::Concat;
    std::size_t count = 0;
    for (const std::int32_t input : node.inputs) count += reached[static_cast<std::size_t>(input)] ? 1u : 0u;
    reached[i] = node.op == Op::Input || (node.op != Op::Zero && (all ? count == node.inputs.size() : count > 0));
  }
  return reached;
}

}  // namespace nas
