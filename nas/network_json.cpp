#include "nas/network_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <unordered_set>
#include <utility>

#include "nas/operation.h"
#include "nas/option.h"

namespace nas {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMaxTextShown = 60;

std::string shown(const Json& json) {
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kMaxTextShown) text = text.substr(0, kMaxTextShown) + "...";
  return text;
}

// Numbers

template <class Integer>
bool read(const Json& json, Integer& value) requires std::is_integral_v<Integer> {
  if (!json.is_number_integer()) return false;
  if (json.is_number_unsigned() && !std::in_range<Integer>(json.get<std::uint64_t>())) return false;
  if (!json.is_number_unsigned() && !std::in_range<Integer>(json.get<std::int64_t>())) return false;
  value = json.get<Integer>();
  return true;
}

bool read(const Json& json, bool& value) {
  if (json.is_boolean()) value = json.get<bool>();
  return json.is_boolean();
}

bool read(const Json& json, double& value) {
  if (json.is_number()) value = json.get<double>();
  return json.is_number();
}

// Axes beyond those of the signal are left out.
bool read(const Json& json, Axes& axes) {
  if (!json.is_array() || json.size() > axes.size()) return false;
  for (std::size_t axis = 0; axis < json.size(); ++axis) {
    if (!read(json[axis], axes[axis])) return false;
  }
  return true;
}

std::string_view type_name(bool) { return "true or false"; }
std::string_view type_name(double) { return "a number"; }
std::string_view type_name(std::int32_t) { return "an integer below 2^31"; }
std::string_view type_name(std::int64_t) { return "an integer"; }
std::string_view type_name(const Axes&) { return "a list of at most three integers below 2^31"; }

// Shapes

Json shape_to_json(const Shape& shape) {
  Json json = Json::array({shape.channels});
  for (std::size_t axis = 0; axis < shape.dims; ++axis) json.push_back(shape.size[axis]);
  return json;
}

Result<Shape> shape_from_json(const Json& json) {
  Shape shape;
  bool good = json.is_array() && !json.empty() && json.size() <= Shape::kMaxDims + 1 && read(json[0], shape.channels);
  if (good) shape.dims = json.size() - 1;
  for (std::size_t axis = 0; good && axis < shape.dims; ++axis) good = read(json[axis + 1], shape.size[axis]);
  if (!good) return Error{fmt::format("shape: expected [channels] or [channels, size, ...], got {}", shown(json))};
  if (auto error = check_shape(shape)) return std::move(*error);
  return shape;
}

// Nodes

Json node_to_json(const Network& network, const Node& node) {
  Json json = {{"op", operation(node.op).name}, {"name", node.name}, {"inputs", node.inputs}};
  json["shape"] = shape_to_json(node.shape);
  const std::size_t dims = std::max(node.inputs.empty() ? 0 : network.shape_of(node.inputs[0]).dims, node.shape.dims);
  for (const AttributeField& field : operation(node.op).attributes) {
    std::visit(
        [&](auto member) {
          const auto& value = node.attributes.*member;
          if constexpr (std::is_same_v<decltype(value), const Axes&>) {
            json[field.name] =
                std::vector<std::int32_t>(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(dims));
          } else {
            json[field.name] = value;
          }
        },
        field.member);
  }
  return json;
}

Result<Attributes> attributes_from_json(const Operation& row, const Json& json) {
  std::vector<std::string> known = {"op", "name", "inputs", "shape"};
  for (const AttributeField& field : row.attributes) known.emplace_back(field.name);
  for (const auto& item : json.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    return Error{fmt::format("unknown key '{}' of `{}`{}", item.key(), row.name, suggest(item.key(), known))};
  }
  Attributes attributes;
  for (const AttributeField& field : row.attributes) {
    const auto found = json.find(field.name);
    if (found == json.end()) continue;
    const auto read_field = [&](auto member) -> std::optional<Error> {
      if (read(*found, attributes.*member)) return std::nullopt;
      return Error{fmt::format("{}: expected {}, got {}", field.name, type_name(attributes.*member), shown(*found))};
    };
    if (auto error = std::visit(read_field, field.member)) return std::move(*error);
  }
  return attributes;
}

Result<std::vector<std::int32_t>> inputs_from_json(const Json& node, std::size_t index) {
  const auto found = node.find("inputs");
  if (found == node.end() || !found->is_array()) return Error{"inputs: expected a list of indices of earlier nodes"};
  std::vector<std::int32_t> inputs;
  for (const Json& item : *found) {
    std::int32_t input = 0;
    if (!read(item, input) || input < 0 || static_cast<std::size_t>(input) >= index) {
      return Error{fmt::format("inputs: expected indices of earlier nodes, below {}, got {}", index, shown(item))};
    }
    inputs.push_back(input);
  }
  return inputs;
}

Result<std::string> name_from_json(const Json& node, std::unordered_set<std::string>& names) {
  const auto found = node.find("name");
  if (found == node.end() || !found->is_string()) return Error{"name: expected a text"};
  auto name = found->get<std::string>();
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
  };
  if (name.empty() || !std::all_of(name.begin(), name.end(), is_allowed)) {
    return Error{fmt::format("name: expected letters, digits, '_' and '.', got {}", shown(*found))};
  }
  if (!names.insert(name).second) return Error{fmt::format("name: '{}' is taken by an earlier node", name)};
  return name;
}

Result<const Operation*> operation_from_json(const Json& node) {
  const auto found = node.find("op");
  if (found == node.end() || !found->is_string()) return Error{"op: expected the name of an operation"};
  const auto name = found->get<std::string>();
  if (const Operation* row = find_operation(name)) return row;
  std::vector<std::string> known;
  for (const Operation& row : operations()) known.emplace_back(row.name);
  return Error{fmt::format("op: unknown operation {}{}", shown(*found), suggest(name, known))};
}

std::optional<Error> check_stated_shape(const Json& node, const Shape& inferred) {
  const auto found = node.find("shape");
  if (found == node.end()) return std::nullopt;
  const auto stated = shape_from_json(*found);
  if (!stated) return stated.error();
  if (*stated == inferred) return std::nullopt;
  return Error{fmt::format("shape: {} is stated, {} follows from the inputs", to_string(*stated), to_string(inferred))};
}

Result<Network> begin_network(const Json& node, std::string name) {
  const auto inputs = node.find("inputs");
  if (inputs != node.end() && !(inputs->is_array() && inputs->empty())) return Error{"inputs: expected an empty list"};
  const auto found = node.find("shape");
  if (found == node.end()) return Error{"shape: the input needs one, [channels] or [channels, size, ...]"};
  const auto shape = shape_from_json(*found);
  if (!shape) return shape.error();
  Network network = make_network(*shape);
  network.nodes[0].name = std::move(name);
  return network;
}

// Appends the node; the first one begins the network.
std::optional<Error> read_node(const Json& json, Network& network, std::unordered_set<std::string>& names) {
  if (!json.is_object()) return Error{fmt::format("expected an object, got {}", shown(json))};
  const auto row = operation_from_json(json);
  if (!row) return row.error();
  const auto attributes = attributes_from_json(**row, json);
  if (!attributes) return attributes.error();
  auto name = name_from_json(json, names);
  if (!name) return name.error();
  const bool first = network.nodes.empty();
  if (first != ((*row)->op == Op::Input)) {
    return Error{first ? "op: the first node must be `input`" : "op: only the first node may be `input`"};
  }
  if (first) {
    auto begun = begin_network(json, std::move(name).value());
    if (!begun) return begun.error();
    network = std::move(begun).value();
    return std::nullopt;
  }
  auto inputs = inputs_from_json(json, network.nodes.size());
  if (!inputs) return inputs.error();
  const auto added = add_node(network, (*row)->op, *attributes, std::move(inputs).value(), std::move(name).value());
  if (!added) return added.error();
  return check_stated_shape(json, network.nodes.back().shape);
}

std::optional<Error> check_frame(const Json& json) {
  if (!json.is_object()) return Error{fmt::format("network: expected an object, got {}", shown(json))};
  const std::vector<std::string> known = {"format", "nodes", "output", "exits"};
  for (const auto& item : json.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    return Error{fmt::format("network: unknown key '{}'{}", item.key(), suggest(item.key(), known))};
  }
  const auto format = json.find("format");
  std::int32_t version = 0;
  if (format == json.end() || !read(*format, version) || version != kNetworkFormat) {
    return Error{fmt::format("network: format {} is expected, got {} (another version wrote it)", kNetworkFormat,
                             format == json.end() ? "none" : shown(*format))};
  }
  const auto nodes = json.find("nodes");
  if (nodes == json.end() || !nodes->is_array() || nodes->empty()) {
    return Error{"network: nodes: expected a list that begins with the `input`"};
  }
  if (nodes->size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
    return Error{"network: nodes: more than 2^31"};
  }
  return std::nullopt;
}

// Exits

constexpr const char* kExit = "exit";
constexpr const char* kAuxiliary = "auxiliary";

Result<Exit> exit_from_json(const Json& json) {
  if (!json.is_object()) return Error{fmt::format("expected an object, got {}", shown(json))};
  const std::vector<std::string> known = {"name", "node", "role", "weight"};
  for (const auto& item : json.items()) {
    if (std::find(known.begin(), known.end(), item.key()) != known.end()) continue;
    return Error{fmt::format("unknown key '{}'{}", item.key(), suggest(item.key(), known))};
  }
  const Json name = json.value("name", Json());
  const Json role = json.value("role", Json(kExit));
  Exit exit;
  if (!name.is_string()) return Error{"name: expected a text"};
  if (role != kExit && role != kAuxiliary) {
    return Error{fmt::format("role: expected \"exit\" or \"auxiliary\", got {}", shown(role))};
  }
  if (!read(json.value("node", Json()), exit.node)) return Error{"node: expected an index of a node"};
  if (json.contains("weight") && !read(json["weight"], exit.weight)) return Error{"weight: expected a number"};
  exit.name = name.get<std::string>();
  exit.auxiliary = role == kAuxiliary;
  return exit;
}

std::optional<Error> read_exits(const Json& json, Network& network) {
  const auto exits = json.find("exits");
  if (exits == json.end()) return std::nullopt;
  if (!exits->is_array()) return Error{fmt::format("expected a list, got {}", shown(*exits))};
  for (const Json& item : *exits) {
    auto exit = exit_from_json(item);
    if (!exit) return exit.error();
    if (const auto added = add_exit(network, std::move(exit).value()); !added) return added.error();
  }
  return std::nullopt;
}

}  // namespace

Json network_to_json(const Network& network) {
  Json nodes = Json::array();
  for (const Node& node : network.nodes) nodes.push_back(node_to_json(network, node));
  Json json = {{"format", kNetworkFormat}, {"nodes", std::move(nodes)}, {"output", network.output}};
  for (const Exit& exit : network.exits) {
    json["exits"].push_back({{"name", exit.name},
                             {"node", exit.node},
                             {"role", exit.auxiliary ? kAuxiliary : kExit},
                             {"weight", exit.weight}});
  }
  return json;
}

Result<Network> network_from_json(const Json& json) {
  if (auto error = check_frame(json)) return std::move(*error);
  Network network;
  std::unordered_set<std::string> names;
  for (const Json& node : json["nodes"]) {
    if (auto error = read_node(node, network, names)) {
      return Error{fmt::format("network: node {}: {}", network.nodes.size(), error->message)};
    }
  }
  const auto output = json.find("output");
  std::int32_t index = 0;
  if (output == json.end() || !read(*output, index) || index < 0 ||
      static_cast<std::size_t>(index) >= network.nodes.size()) {
    return Error{fmt::format("network: output: expected an index of a node, below {}, got {}", network.nodes.size(),
                             output == json.end() ? "none" : shown(*output))};
  }
  network.output = index;
  if (auto error = read_exits(json, network)) return Error{fmt::format("network: exits: {}", error->message)};
  return network;
}

}  // namespace nas
