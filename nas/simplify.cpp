#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "nas/network_graph.h"
#include "nas/operation.h"

namespace nas {
namespace detail {
namespace {

using Vertex = NetworkGraph::Vertex;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

// Appends a vertex whose inputs are those appended since `first_input`.
std::int32_t push_vertex(NetworkGraph& graph, std::int32_t node, Op op, std::size_t first_input) {
  graph.vertices.push_back({node, op, static_cast<std::uint32_t>(first_input),
                            static_cast<std::uint32_t>(graph.inputs.size() - first_input)});
  return static_cast<std::int32_t>(graph.vertices.size() - 1);
}

std::vector<bool> live_nodes(const Network& network, const std::vector<bool>& reached) {
  std::vector<bool> live(network.nodes.size());
  for (const std::int32_t output : output_nodes(network, Phase::Training)) live[at(output)] = true;
  for (std::size_t i = network.nodes.size(); i-- > 0;) {
    if (!live[i]) continue;
    for (const std::int32_t input : network.nodes[i].inputs) {
      if (reached[at(input)]) live[at(input)] = true;
    }
  }
  return live;
}

// Stand-ins for the unreached operands of a concatenation, in the order of the operands.
std::vector<std::int32_t> push_stand_ins(NetworkGraph& graph, const Node& concat, const std::vector<bool>& reached,
                                         const std::vector<std::int32_t>& vertex_of) {
  std::vector<std::int32_t> stand_ins;
  const auto is_reached = [&](std::int32_t input) { return bool{reached[at(input)]}; };
  const auto first = std::find_if(concat.inputs.begin(), concat.inputs.end(), is_reached);
  for (const std::int32_t input : concat.inputs) {
    if (is_reached(input)) continue;
    graph.inputs.push_back(vertex_of[at(*first)]);
    stand_ins.push_back(push_vertex(graph, input, Op::Zero, graph.inputs.size() - 1));
  }
  return stand_ins;
}

// Whether the operation passes its one input on as it is.
bool changes_nothing(const Network& network, Op op, const Node& node) {
  switch (op) {
    case Op::Identity:
      return true;
    case Op::Dropout:
    case Op::DropPath:
      return node.attributes.rate == 0;
    case Op::Flatten:
    case Op::Reshape:
    case Op::Slice:
    case Op::Upsample:
    case Op::AdaptiveAveragePool:
    case Op::AdaptiveMaxPool:
      return node.shape == network.shape_of(node.inputs[0]);
    case Op::Pad:
      return node.attributes.pad_low == Axes{0, 0, 0} && node.attributes.pad_high == Axes{0, 0, 0};
    case Op::ChannelShuffle:
      return node.attributes.groups == 1 || node.attributes.groups == node.shape.channels;
    default:
      return false;
  }
}

// The vertex that this one can be replaced by, or -1. `inputs` are its inputs in the new graph.
std::int32_t replacement(const NetworkGraph& graph, const Vertex& vertex, std::span<const std::int32_t> inputs) {
  const bool joins_one = inputs.size() == 1 && operation(vertex.op).arity == Arity::Many;
  return joins_one || changes_nothing(*graph.network, vertex.op, graph.node_of(vertex)) ? inputs[0] : -1;
}

std::size_t flattened_size(const NetworkGraph& graph, std::span<const std::int32_t> summands) {
  std::size_t size = 0;
  for (const std::int32_t summand : summands) {
    const Vertex& vertex = graph.vertices[at(summand)];
    size += vertex.op == Op::Add ? vertex.input_count : 1;
  }
  return size;
}

// Sums among the summands are replaced by their own summands; those are flat already.
void flatten_sum(NetworkGraph& graph, std::size_t first_input) {
  const std::vector<std::int32_t> summands(graph.inputs.begin() + static_cast<std::ptrdiff_t>(first_input),
                                           graph.inputs.end());
  const std::size_t size = flattened_size(graph, summands);
  // A sum of sums of sums ... of one tensor with itself doubles at every level.
  if (size == summands.size() || size > kMaxSummands) return;
  graph.inputs.resize(first_input);
  for (const std::int32_t summand : summands) {
    const Vertex& vertex = graph.vertices[at(summand)];
    if (vertex.op != Op::Add) {
      graph.inputs.push_back(summand);
      continue;
    }
    for (std::uint32_t k = 0; k < vertex.input_count; ++k) graph.inputs.push_back(graph.inputs[vertex.first_input + k]);
  }
}

NetworkGraph drop_unused(const NetworkGraph& graph) {
  std::vector<bool> used(graph.vertices.size());
  used[at(graph.output)] = true;
  for (const std::int32_t exit : graph.exits) used[at(exit)] = true;
  for (std::size_t i = used.size(); i-- > 0;) {
    if (!used[i]) continue;
    for (const std::int32_t input : graph.inputs_of(graph.vertices[i])) used[at(input)] = true;
  }
  NetworkGraph kept{graph.network, {}, {}, 0, {}};
  kept.vertices.reserve(graph.vertices.size());
  kept.inputs.reserve(graph.inputs.size());
  std::vector<std::int32_t> moved(graph.vertices.size(), -1);
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) continue;
    const Vertex& vertex = graph.vertices[i];
    const std::size_t first_input = kept.inputs.size();
    for (const std::int32_t input : graph.inputs_of(vertex)) kept.inputs.push_back(moved[at(input)]);
    moved[i] = push_vertex(kept, vertex.node, vertex.op, first_input);
  }
  kept.move_outputs(graph, moved);
  return kept;
}

}  // namespace

std::optional<NetworkGraph> live_graph(const Network& network) {
  const std::vector<bool> reached = reached_nodes(network);
  for (const std::int32_t output : output_nodes(network, Phase::Training)) {
    if (!reached[at(output)]) return std::nullopt;
  }
  const std::vector<bool> live = live_nodes(network, reached);
  NetworkGraph graph{&network, {}, {}, 0, {}};
  graph.vertices.reserve(network.nodes.size());
  graph.inputs.reserve(2 * network.nodes.size());
  std::vector<std::int32_t> vertex_of(network.nodes.size(), -1);
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (!live[i]) continue;
    const Node& node = network.nodes[i];
    std::vector<std::int32_t> stand_ins;
    if (node.op == Op::Concat) stand_ins = push_stand_ins(graph, node, reached, vertex_of);
    const std::size_t first_input = graph.inputs.size();
    auto stand_in = stand_ins.begin();
    for (const std::int32_t input : node.inputs) {
      if (reached[at(input)]) {
        graph.inputs.push_back(vertex_of[at(input)]);
      } else if (node.op == Op::Concat) {
        graph.inputs.push_back(*stand_in++);
      }
    }
    vertex_of[i] = push_vertex(graph, static_cast<std::int32_t>(i), node.op, first_input);
  }
  graph.output = vertex_of[at(network.output)];
  for (const Exit& exit : network.exits) graph.exits.push_back(vertex_of[at(exit.node)]);
  return graph;
}

NetworkGraph fold(const NetworkGraph& graph) {
  NetworkGraph folded{graph.network, {}, {}, 0, {}};
  folded.vertices.reserve(graph.vertices.size());
  folded.inputs.reserve(graph.inputs.size());
  std::vector<std::int32_t> moved(graph.vertices.size(), -1);
  for (std::size_t i = 0; i < graph.vertices.size(); ++i) {
    const Vertex& vertex = graph.vertices[i];
    const std::size_t first_input = folded.inputs.size();
    for (const std::int32_t input : graph.inputs_of(vertex)) folded.inputs.push_back(moved[at(input)]);
    moved[i] = replacement(graph, vertex, std::span(folded.inputs).subspan(first_input));
    if (moved[i] >= 0) {
      folded.inputs.resize(first_input);
      continue;
    }
    // After the replacement: a sum of one sum is that sum, not a copy of it.
    if (vertex.op == Op::Add) flatten_sum(folded, first_input);
    moved[i] = push_vertex(folded, vertex.node, vertex.op, first_input);
  }
  folded.move_outputs(graph, moved);
  return drop_unused(folded);
}

}  // namespace detail

namespace {

using detail::NetworkGraph;

// Zeros of the shape of `stood_for`, made from the tensor `input`.
Node stand_in_node(const Network& network, const Node& stood_for, std::int32_t input) {
  Node node{Op::Zero, {}, {input}, stood_for.shape, fmt::format("{}.zero_{}", stood_for.name, network.nodes.size())};
  if (network.shape_of(input).channels != stood_for.shape.channels) node.attributes.channels = stood_for.shape.channels;
  return node;
}

Network to_network(const NetworkGraph& graph) {
  Network network;
  network.nodes.reserve(graph.vertices.size());
  for (const NetworkGraph::Vertex& vertex : graph.vertices) {
    const Node& node = graph.node_of(vertex);
    const auto inputs = graph.inputs_of(vertex);
    if (vertex.op != node.op || vertex.op == Op::Zero) {
      network.nodes.push_back(stand_in_node(network, node, inputs[0]));
    } else {
      network.nodes.push_back({node.op, node.attributes, {inputs.begin(), inputs.end()}, node.shape, node.name});
    }
  }
  network.output = graph.output;
  network.exits = graph.network->exits;
  for (std::size_t i = 0; i < network.exits.size(); ++i) network.exits[i].node = graph.exits[i];
  return network;
}

constexpr std::string_view kDisconnected =
    " does not depend on the input (such a network can learn nothing), connect them by operations other than `zero`";

// REQUIRES: the output or an exit is not reached.
Error not_reached(const Network& network) {
  const std::vector<bool> reached = reached_nodes(network);
  std::string which = "the output";
  const auto is_cut_off = [&](const Exit& exit) { return !reached[static_cast<std::size_t>(exit.node)]; };
  const auto exit = std::find_if(network.exits.begin(), network.exits.end(), is_cut_off);
  if (reached[static_cast<std::size_t>(network.output)]) which = fmt::format("the exit '{}'", exit->name);
  return {which.append(kDisconnected)};
}

}  // namespace

Result<Network> remove_unused(Network network) {
  const auto all = [](const std::vector<bool>& nodes) { return std::find(nodes.begin(), nodes.end(), false) == nodes.end(); };
  if (all(reached_nodes(network)) && all(used_nodes(network))) return network;
  const auto graph = detail::live_graph(network);
  if (!graph) return not_reached(network);
  return to_network(*graph);
}

bool is_disconnected(const Error& error) { return error.message.ends_with(kDisconnected); }

Result<Network> simplify(const Network& network) {
  const auto live = detail::live_graph(network);
  if (!live) return not_reached(network);
  NetworkGraph graph = detail::fold(*live);
  const std::vector<std::uint64_t> colour = detail::colours(graph);
  for (const NetworkGraph::Vertex& vertex : graph.vertices) {
    if (!operation(vertex.op).commutative) continue;
    const auto inputs = graph.inputs_of(vertex);
    std::sort(inputs.begin(), inputs.end(), [&](std::int32_t a, std::int32_t b) {
      return std::pair(colour[detail::at(a)], a) < std::pair(colour[detail::at(b)], b);
    });
  }
  return to_network(graph);
}

}  // namespace nas
