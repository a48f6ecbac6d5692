#include "nas/picture/arrange.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <utility>

#include "nas/picture/columns.h"
#include "nas/picture/scopes.h"
#include "nas/picture/text_width.h"

namespace nas {
namespace {

using detail::Item;
using detail::Tensor;
using detail::text_width;

constexpr double kBoxHeight = 28;
constexpr double kTwoLineHeight = 40;
constexpr double kLeastWidth = 60;
constexpr double kBoxPadding = 20;
constexpr double kCircle = 36;
constexpr double kFramePadding = 14;
constexpr double kMargin = 24;
constexpr double kEdgeLabelGap = 5;
constexpr double kStraight = 6;  // pixels aside that a line may turn and still count as upright

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

Rect box_size(const PictureBox& box) {
  if (is_circle(box)) return {0, 0, kCircle, kCircle};
  const double text = std::max(text_width(box.label, kLabelSize), text_width(box.sublabel, kSublabelSize));
  return {0, 0, std::max(kLeastWidth, std::ceil(text) + kBoxPadding),
          box.sublabel.empty() ? kBoxHeight : kTwoLineHeight};
}

/// A scope with its contents placed, from its own upper left corner.
struct Panel {
  double width = 0;
  double height = 0;
  std::vector<std::pair<std::int32_t, Rect>> boxes, frames;
  std::vector<DrawnLine> lines;
  std::vector<DrawnText> edge_labels;
  std::map<Tensor, double> entries, exits;  // x of the ports

  void move(double x, double y) {
    for (auto* rects : {&boxes, &frames}) {
      for (auto& [index, rect] : *rects) {
        rect.x += x;
        rect.y += y;
      }
    }
    for (DrawnLine& line : lines) {
      for (Point& point : line.points) point = {point.x + x, point.y + y};
    }
    for (DrawnText& text : edge_labels) text.at = {text.at.x + x, text.at.y + y};
    for (auto* ports : {&entries, &exits}) {
      for (auto& [tensor, place] : *ports) place += x;
    }
  }

  void embed(Panel inner) {
    const auto take = [](auto& from, auto& to) {
      to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    };
    take(inner.boxes, boxes);
    take(inner.frames, frames);
    take(inner.lines, lines);
    take(inner.edge_labels, edge_labels);
  }
};

class Arranger {
 public:
  explicit Arranger(const Picture& picture) : picture_(picture), scopes_(detail::make_scopes(picture)) {}

  /// The contents of the page, without margins.
  [[nodiscard]] Panel page() const { return lay_out_scope(scopes_.front(), detail::Columns::AsFits); }

 private:
  [[nodiscard]] Panel lay_out_scope(const detail::Scope& scope, detail::Columns columns) const {
    std::vector<Panel> inner(scope.items.size());
    detail::LayeredGraph graph;
    std::map<Item, std::int32_t> vertex_of;
    for (std::size_t v = 0; v < scope.items.size(); ++v) {
      const Item& item = scope.items[v];
      vertex_of.emplace(item, static_cast<std::int32_t>(v));
      if (item.is_frame()) inner[v] = framed(item.frame);
      graph.vertices.push_back(vertex_for(item, inner[v]));
      graph.first += item.kind == Item::Kind::Entry ? 1u : 0u;
      graph.last += item.kind == Item::Kind::Exit ? 1u : 0u;
    }
    for (const detail::ScopeEdge& edge : scope.edges) {
      const std::int32_t from = vertex_of.at(edge.from), to = vertex_of.at(edge.to);
      const Panel &source = inner[at(from)], &target = inner[at(to)];
      const double from_x = edge.from.is_frame() ? source.exits.at(edge.tensor) - source.width / 2 : 0;
      const double to_x = edge.to.is_frame() ? target.entries.at(edge.tensor) - target.width / 2 : 0;
      graph.edges.push_back({from, to, from_x, to_x, edge.tensor.style});
    }
    const detail::LayeredLayout layout = detail::lay_out(graph);
    return assemble(scope, layout, detail::place_layers(layout, columns), std::move(inner));
  }

  [[nodiscard]] detail::LayerVertex vertex_for(const Item& item, const Panel& inner) const {
    if (item.is_frame()) return {inner.width, inner.height, false};
    if (!item.is_box()) return {};
    const PictureBox& box = picture_.boxes[at(item.tensor.box)];
    const Rect size = box_size(box);
    return {size.width, size.height, !is_circle(box)};
  }

  [[nodiscard]] Panel assemble(const detail::Scope& scope, const detail::LayeredLayout& layout, detail::Page page,
                               std::vector<Panel> inner) const {
    Panel panel;
    panel.width = page.width;
    panel.height = page.height;
    for (std::size_t s = 0; s < page.lines.size(); ++s) {
      const auto item_of = [&](std::int32_t vertex) {
        const bool is_item = at(vertex) < scope.items.size() && scope.items[at(vertex)].is_box();
        return is_item ? scope.items[at(vertex)].tensor.box : -1;
      };
      page.lines[s].out_of = item_of(layout.segments[s].from);
      page.lines[s].into = item_of(layout.segments[s].to);
    }
    panel.lines = std::move(page.lines);
    for (std::size_t v = 0; v < scope.items.size(); ++v) {
      const Item& item = scope.items[v];
      if (item.kind == Item::Kind::Entry) panel.entries.emplace(item.tensor, page.x[v]);
      if (item.kind == Item::Kind::Exit) panel.exits.emplace(item.tensor, page.x[v]);
      if (item.is_box()) place_box(item.tensor.box, page.x[v], page.top[v], panel);
      if (!item.is_frame()) continue;
      inner[v].move(page.x[v] - inner[v].width / 2, page.top[v]);
      panel.embed(std::move(inner[v]));
    }
    return panel;
  }

  void place_box(std::int32_t index, double x, double top, Panel& panel) const {
    const PictureBox& box = picture_.boxes[at(index)];
    const Rect size = box_size(box);
    panel.boxes.push_back({index, {x - size.width / 2, top, size.width, size.height}});
    if (box.edge_label.empty()) return;
    // Right of the line, but left of one that turns right.
    double least = 0, most = 0;
    for (const DrawnLine& line : panel.lines) {
      if (line.out_of != index) continue;
      for (const Point& point : line.points) {
        least = std::min(least, point.x - x);
        most = std::max(most, point.x - x);
      }
    }
    const double width = text_width(box.edge_label, kEdgeLabelSize);
    const double left = most > kStraight && least > -kStraight ? x - kEdgeLabelGap - width : x + kEdgeLabelGap;
    panel.edge_labels.push_back({{left, top + size.height + kEdgeLabelSize + 2}, box.edge_label});
  }

  /// A group's contents in their frame, with room for its label on the right.
  [[nodiscard]] Panel framed(std::int32_t group) const {
    Panel panel = lay_out_scope(scopes_[at(group + 1)], detail::Columns::One);
    const double top = panel.entries.empty() ? kFramePadding : 0;
    const double bottom = panel.exits.empty() ? kFramePadding : 0;
    panel.move(kFramePadding, top);
    panel.width += 2 * kFramePadding;
    panel.height += top + bottom;
    panel.frames.push_back({group, {0, 0, panel.width, panel.height}});
    const PictureGroup& described = picture_.groups[at(group)];
    panel.width += kFrameLabelGap + std::ceil(std::max(text_width(described.label, kGroupLabelSize),
                                                       text_width(described.sublabel, kSublabelSize)));
    return panel;
  }

  const Picture& picture_;
  std::vector<detail::Scope> scopes_;
};

/// Bottom becomes top; texts keep their side of the line that they stand at.
void turn_over(Drawing& drawing) {
  const auto turn_rects = [&](std::vector<Rect>& rects) {
    for (Rect& rect : rects) rect.y = drawing.height - rect.y - rect.height;
  };
  turn_rects(drawing.boxes);
  turn_rects(drawing.frames);
  for (DrawnLine& line : drawing.lines) {
    for (Point& point : line.points) point.y = drawing.height - point.y;
  }
  for (DrawnText& text : drawing.edge_labels) text.at.y = drawing.height - text.at.y + kEdgeLabelSize;
}

}  // namespace

bool is_circle(const PictureBox& box) {
  return box.kind == BoxKind::Join && box.sublabel.empty() && text_width(box.label, kLabelSize) < kCircle - 6;
}

Drawing arrange(const Picture& picture) {
  Panel page = Arranger(picture).page();
  Drawing drawing;
  drawing.boxes.resize(picture.boxes.size());
  drawing.frames.resize(picture.groups.size());
  double left = 0;
  for (const DrawnText& label : page.edge_labels) left = std::min(left, label.at.x);
  page.move(kMargin - left, 0);
  page.width -= left;
  for (const auto& [index, rect] : page.boxes) drawing.boxes[at(index)] = rect;
  for (const auto& [index, rect] : page.frames) drawing.frames[at(index)] = rect;
  drawing.lines = std::move(page.lines);
  drawing.edge_labels = std::move(page.edge_labels);
  drawing.width = page.width + 2 * kMargin;
  for (const DrawnText& label : drawing.edge_labels) {
    drawing.width = std::max(drawing.width, label.at.x + text_width(label.text, kEdgeLabelSize) + kMargin);
  }
  drawing.height = page.height;
  if (picture.direction == PictureFlow::Up) turn_over(drawing);
  return drawing;
}

}  // namespace nas
