#include "nas/cell_graph.h"

#include <algorithm>

namespace nas {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// For each tensor of the cell, whether an input reaches it and the output uses it.
std::vector<bool> live_tensors(const CellGraph& graph) {
  const std::size_t count = graph.inputs + graph.nodes.size();
  std::vector<bool> reached(count);
  std::vector<bool> used(count);
  for (std::size_t i = 0; i < graph.inputs; ++i) reached[i] = true;
  for (std::size_t k = 0; k < graph.nodes.size(); ++k) {
    const auto& edges = graph.nodes[k].edges;
    reached[graph.inputs + k] = std::any_of(edges.begin(), edges.end(), [&](const CellEdge& e) { return reached[at(e.from)]; });
  }
  for (const std::int32_t taken : graph.output) used[at(taken)] = true;
  for (std::size_t k = graph.nodes.size(); k-- > 0;) {
    if (!used[graph.inputs + k]) continue;
    for (const CellEdge& edge : graph.nodes[k].edges) used[at(edge.from)] = true;
  }
  std::vector<bool> live(count);
  for (std::size_t i = 0; i < count; ++i) live[i] = reached[i] && used[i];
  return live;
}

}  // namespace

CellGraph prune(const CellGraph& graph) {
  const std::vector<bool> live = live_tensors(graph);
  CellGraph pruned{graph.name, graph.inputs, {}, {}, graph.output_concat, graph.join_concat, graph.begin, graph.end};
  std::vector<std::int32_t> moved(live.size());
  for (std::size_t i = 0; i < graph.inputs; ++i) moved[i] = static_cast<std::int32_t>(i);
  const auto kept = [&](std::int32_t tensor) { return bool{live[at(tensor)]}; };
  for (std::size_t k = 0; k < graph.nodes.size(); ++k) {
    if (!live[graph.inputs + k]) continue;
    moved[graph.inputs + k] = static_cast<std::int32_t>(graph.inputs + pruned.nodes.size());
    CellNode& node = pruned.nodes.emplace_back();
    node.label = graph.nodes[k].label;
    for (const CellEdge& edge : graph.nodes[k].edges) {
      if (kept(edge.from)) node.edges.push_back({moved[at(edge.from)], edge.label});
    }
  }
  for (const std::int32_t taken : graph.output) {
    if (kept(taken)) pruned.output.push_back(moved[at(taken)]);
  }
  return pruned;
}

std::size_t count_edges(const CellGraph& graph) {
  std::size_t edges = graph.output_concat ? graph.output.size() : 0;
  for (const CellNode& node : graph.nodes) edges += node.edges.size();
  return edges;
}

std::size_t count_vertices(const CellGraph& graph) {
  return graph.inputs + graph.nodes.size() + (graph.output_concat ? 1 : 0);
}

}  // namespace nas
