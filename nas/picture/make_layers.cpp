#include <algorithm>
#include <map>
#include <tuple>

#include "nas/check.h"
#include "nas/picture/layered_layout.h"

namespace nas::detail {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// Layer of each vertex: one more than the last of those that it reads.
std::vector<std::int32_t> longest_paths(const LayeredGraph& graph) {
  std::vector<std::vector<std::int32_t>> inputs(graph.vertices.size());
  for (const LayerEdge& edge : graph.edges) {
    NAS_CHECK(edge.from < edge.to, "vertices are in topological order");
    inputs[at(edge.to)].push_back(edge.from);
  }
  std::vector<std::int32_t> layer(graph.vertices.size(), 0);
  std::int32_t deepest = 0;
  for (std::size_t v = 0; v < layer.size(); ++v) {
    layer[v] = graph.first > 0 && v >= graph.first ? 1 : 0;
    for (const std::int32_t input : inputs[v]) layer[v] = std::max(layer[v], layer[at(input)] + 1);
    if (v + graph.last < layer.size()) deepest = std::max(deepest, layer[v]);
  }
  for (std::size_t v = layer.size() - graph.last; v < layer.size(); ++v) layer[v] = deepest + 1;
  return layer;
}

/// A vertex with one input moves down to its first reader: operations stand by the sum they go to.
void move_to_readers(const LayeredGraph& graph, std::vector<std::int32_t>& layer) {
  std::vector<std::size_t> inputs(layer.size(), 0);
  std::vector<std::vector<std::int32_t>> readers(layer.size());
  for (const LayerEdge& edge : graph.edges) {
    ++inputs[at(edge.to)];
    readers[at(edge.from)].push_back(edge.to);
  }
  for (std::size_t v = layer.size(); v-- > graph.first;) {
    if (inputs[v] != 1 || readers[v].empty() || v + graph.last >= layer.size()) continue;
    std::int32_t first_reader = layer[at(readers[v].front())];
    for (const std::int32_t reader : readers[v]) first_reader = std::min(first_reader, layer[at(reader)]);
    layer[v] = first_reader - 1;
  }
}

}  // namespace

LayeredLayout make_layers(const LayeredGraph& graph) {
  LayeredLayout layout;
  layout.vertices = graph.vertices;
  layout.layer = longest_paths(graph);
  move_to_readers(graph, layout.layer);
  // The bends of all edges that leave one place, by layer.
  using Leaving = std::tuple<std::int32_t, double, LineStyle>;
  std::map<Leaving, std::vector<std::int32_t>> bends;
  for (const LayerEdge& edge : graph.edges) {
    std::vector<std::int32_t>& chain = bends[{edge.from, edge.from_x, edge.style}];
    const std::int32_t span = layout.layer[at(edge.to)] - layout.layer[at(edge.from)];
    while (static_cast<std::int32_t>(chain.size()) + 1 < span) {
      const auto bend = static_cast<std::int32_t>(layout.vertices.size());
      const std::int32_t before = chain.empty() ? edge.from : chain.back();
      layout.vertices.push_back({});
      layout.layer.push_back(layout.layer[at(before)] + 1);
      layout.segments.push_back({before, bend, chain.empty() ? edge.from_x : 0, 0, edge.style});
      chain.push_back(bend);
    }
    const std::int32_t before = span == 1 ? edge.from : chain[at(span - 2)];
    layout.segments.push_back({before, edge.to, span == 1 ? edge.from_x : 0, edge.to_x, edge.style});
  }
  const std::int32_t deepest = layout.layer.empty() ? -1 : *std::max_element(layout.layer.begin(), layout.layer.end());
  layout.order.resize(static_cast<std::size_t>(deepest + 1));
  for (std::size_t v = 0; v < layout.layer.size(); ++v) {
    layout.order[at(layout.layer[v])].push_back(static_cast<std::int32_t>(v));
  }
  layout.x.assign(layout.vertices.size(), 0);
  return layout;
}

LayeredLayout lay_out(const LayeredGraph& graph) {
  LayeredLayout layout = make_layers(graph);
  reduce_crossings(layout);
  place_vertices(layout);
  return layout;
}

}  // namespace nas::detail
