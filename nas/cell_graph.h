// A cell as its paper draws it: which nodes read which, and what stands on each edge. A picture's
// source, filled in by the decoder of a space; networks are calculated from nas/network.h, never
// from this.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nas {

/// A tensor that a node takes. Tensors are numbered: 0 to inputs - 1 are the cell's inputs,
/// inputs + k is node k.
struct CellEdge {
  std::int32_t from = 0;
  std::string label;  // the chosen option on the edge, or the body's name
  bool operator==(const CellEdge&) const = default;
};

/// A computed node: its edges, joined, then an operation of its own.
struct CellNode {
  std::vector<CellEdge> edges;  // may hold one source twice
  std::string label;            // of the node's own operation; may be empty
  bool operator==(const CellNode&) const = default;
};

/// Nodes read only tensors with lower numbers than their own.
struct CellGraph {
  std::string name;
  std::size_t inputs = 1;
  std::vector<CellNode> nodes;
  std::vector<std::int32_t> output;  // the tensors that the output takes
  bool output_concat = false;        // several are joined by concatenation, else by a sum
  bool join_concat = false;          // how a node joins its edges: by concatenation, else by a sum
  // What its first use made: the network's nodes from `begin` to before `end`.
  std::int32_t begin = 0;
  std::int32_t end = 0;
  bool operator==(const CellGraph&) const = default;
};

/// Without nodes that no input reaches or that the output does not use; the others move up.
[[nodiscard]] CellGraph prune(const CellGraph& graph);

/// Edges between nodes; those into the output too where it concatenates: a vertex of its own then.
[[nodiscard]] std::size_t count_edges(const CellGraph& graph);

/// Inputs, nodes, and the output where it concatenates.
[[nodiscard]] std::size_t count_vertices(const CellGraph& graph);

}  // namespace nas
