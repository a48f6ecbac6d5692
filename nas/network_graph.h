// A network's graph without its payload: what simplifying and hashing work on, so that neither
// copies a node. Internal to nas/.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nas/network.h"

namespace nas::detail {

/// Vertices in topological order, every one used by the output or an exit. Vertex 0 is the Input.
/// A vertex is a node of the network, or zeros of a node's shape that stand in for an unreached
/// operand of a concatenation.
struct NetworkGraph {
  struct Vertex {
    std::int32_t node = 0;
    Op op = Op::Input;  // the node's, or Zero for a stand-in
    std::uint32_t first_input = 0;
    std::uint32_t input_count = 0;
  };
  const Network* network = nullptr;
  std::vector<Vertex> vertices;
  std::vector<std::int32_t> inputs;  // of all vertices, one after another
  std::int32_t output = 0;           // vertex
  std::vector<std::int32_t> exits;   // vertices, in the order of the network's exits

  [[nodiscard]] std::span<const std::int32_t> inputs_of(const Vertex& vertex) const {
    return std::span(inputs).subspan(vertex.first_input, vertex.input_count);
  }
  [[nodiscard]] std::span<std::int32_t> inputs_of(const Vertex& vertex) {
    return std::span(inputs).subspan(vertex.first_input, vertex.input_count);
  }
  /// The same outputs where vertex i has become `moved[i]`.
  void move_outputs(const NetworkGraph& from, const std::vector<std::int32_t>& moved) {
    output = moved[static_cast<std::size_t>(from.output)];
    for (const std::int32_t exit : from.exits) exits.push_back(moved[static_cast<std::size_t>(exit)]);
  }
  [[nodiscard]] const Node& node_of(const Vertex& vertex) const {
    return network->nodes[static_cast<std::size_t>(vertex.node)];
  }
};

/// What is reached and used, zeros in place of unreached operands of concatenations. Empty where
/// the output or an exit is not reached. `network` must outlive it.
[[nodiscard]] std::optional<NetworkGraph> live_graph(const Network& network);

/// `simplify` but for the order of summands. `graph` as live_graph makes it.
[[nodiscard]] NetworkGraph fold(const NetworkGraph& graph);

/// One colour a vertex: vertices that an isomorphism can exchange have equal colours.
[[nodiscard]] std::vector<std::uint64_t> colours(const NetworkGraph& graph);

}  // namespace nas::detail
