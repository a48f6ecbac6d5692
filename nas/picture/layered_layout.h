// Layered drawing of a directed graph (Sugiyama, Tagawa and Toda 1981): vertices in layers by their
// longest path, bends where an edge passes a layer, few crossings, straight long edges. Knows
// sizes, nothing of what is drawn; the same graph always gives the same layout.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nas/picture/picture.h"

namespace nas::detail {

struct LayerVertex {
  double width = 0;  // pixels
  double height = 0;
  bool wide_landing = false;  // edges that enter are spread over its width
};

struct LayerEdge {
  std::int32_t from = 0;  // below `to`
  std::int32_t to = 0;
  double from_x = 0;  // where it leaves, from the vertex's centre
  double to_x = 0;
  LineStyle style = LineStyle::Solid;
};

/// Vertices in topological order: first those that belong into the first layer (`first`), at the
/// end those that belong into the last one (`last`).
struct LayeredGraph {
  std::vector<LayerVertex> vertices;
  std::vector<LayerEdge> edges;
  std::size_t first = 0;
  std::size_t last = 0;
};

/// Part of an edge between neighbouring layers. Edges that leave one place in one style share
/// their bends.
struct LayerSegment {
  std::int32_t from = 0;  // vertex, or a bend
  std::int32_t to = 0;
  double from_x = 0;
  double to_x = 0;
  LineStyle style = LineStyle::Solid;
};

struct LayeredLayout {
  std::vector<LayerVertex> vertices;             // the graph's, then the bends
  std::vector<std::int32_t> layer;               // of each
  std::vector<double> x;                         // centre of each
  std::vector<std::vector<std::int32_t>> order;  // of each layer, from left to right
  std::vector<LayerSegment> segments;
};

/// REQUIRES: every edge leads to a later vertex.
[[nodiscard]] LayeredLayout lay_out(const LayeredGraph& graph);

/// Steps of lay_out, in order. Layers and bends; no order, no coordinates.
[[nodiscard]] LayeredLayout make_layers(const LayeredGraph& graph);
/// Sorts each layer so that few segments cross (barycentre sweeps, best of them).
void reduce_crossings(LayeredLayout& layout);
/// Pairs of segments that cross.
[[nodiscard]] std::int64_t count_crossings(const LayeredLayout& layout);
/// Sets x: neighbours in a layer keep kVertexGap apart, segments are as upright as possible.
void place_vertices(LayeredLayout& layout);
inline constexpr double kVertexGap = 18;  // pixels
/// Moves chains of vertices that nothing but one line links onto that line, within the room that
/// their neighbours leave.
void straighten(LayeredLayout& layout);

}  // namespace nas::detail
