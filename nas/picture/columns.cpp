#include "nas/picture/columns.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace nas::detail {
namespace {

constexpr double kLayerGap = 30;
constexpr double kMostExtraGap = 40;
constexpr double kTallest = 1000;    // a stack up to this height stays whole
constexpr double kPageAspect = 1.4;  // width to height of a page in columns
constexpr std::size_t kMostCut = 2;  // edges that one cut may pass
constexpr double kLeastFill = 0.7;   // of the wanted height of a column
constexpr double kMostStretch = 1.25;
constexpr double kMostUncut = 1.45;
constexpr double kGutter = 34;
constexpr double kLane = 9;  // between edges that change columns
constexpr double kTurn = 14;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

using Leaving = std::tuple<std::int32_t, double, LineStyle>;
Leaving leaving(const LayerSegment& segment) { return {segment.from, segment.from_x, segment.style}; }

struct Band {
  double top = 0;
  double height = 0;
  std::size_t column = 0;
};

/// The room below a layer: wide curves need more.
std::vector<double> gaps_below(const LayeredLayout& layout) {
  std::vector<double> gaps(layout.order.size(), kLayerGap);
  for (const LayerSegment& segment : layout.segments) {
    const double slant =
        std::abs(layout.x[at(segment.from)] + segment.from_x - layout.x[at(segment.to)] - segment.to_x);
    double& gap = gaps[at(layout.layer[at(segment.from)])];
    gap = std::max(gap, kLayerGap + std::round(std::min(kMostExtraGap, slant * 0.08)));
  }
  return gaps;
}

std::vector<Band> stack(const LayeredLayout& layout) {
  const std::vector<double> gaps = gaps_below(layout);
  std::vector<Band> bands(layout.order.size());
  double y = 0;
  for (std::size_t layer = 0; layer < bands.size(); ++layer) {
    bands[layer].top = y;
    for (const std::int32_t v : layout.order[layer]) {
      bands[layer].height = std::max(bands[layer].height, layout.vertices[at(v)].height);
    }
    y += bands[layer].height + gaps[layer];
  }
  return bands;
}

struct Extent {
  double low = std::numeric_limits<double>::max();
  double high = std::numeric_limits<double>::lowest();
};

/// From left to right, for each column; what a layout without vertices spans is 0 to 0.
std::vector<Extent> extents(const LayeredLayout& layout, const std::vector<Band>& bands, std::size_t columns) {
  std::vector<Extent> found(columns);
  for (std::size_t v = 0; v < layout.vertices.size(); ++v) {
    Extent& extent = found[bands[at(layout.layer[v])].column];
    extent.low = std::min(extent.low, layout.x[v] - layout.vertices[v].width / 2);
    extent.high = std::max(extent.high, layout.x[v] + layout.vertices[v].width / 2);
  }
  if (layout.vertices.empty()) found.assign(columns, {0, 0});
  return found;
}

/// The last layer of a column that begins at layer `start`: where the fewest edges pass, near the
/// height that columns should have.
std::size_t column_end(const std::vector<Band>& bands, const std::vector<std::size_t>& passing, std::size_t start,
                       double height) {
  const auto tall = [&](std::size_t layer) { return bands[layer].top + bands[layer].height - bands[start].top; };
  std::size_t best = bands.size() - 1;
  if (tall(best) < height * kMostStretch) return best;
  std::size_t fewest = kMostCut + 1;
  for (std::size_t layer = start; layer + 1 < bands.size(); ++layer) {
    if (tall(layer) < height * kLeastFill) continue;
    if (tall(layer) > height * kMostStretch && fewest <= kMostCut) break;
    if (passing[layer] > fewest || (passing[layer] == fewest && tall(layer) > height)) continue;
    best = passing[layer] <= kMostCut ? layer : best;
    fewest = passing[layer];
  }
  return best;
}

/// Lines from one layer to the next; edges that leave one place in one style are one line.
std::vector<std::size_t> passing_lines(const LayeredLayout& layout) {
  std::vector<std::set<Leaving>> lines(layout.order.size());
  for (const LayerSegment& segment : layout.segments) {
    lines[at(layout.layer[at(segment.from)])].insert(leaving(segment));
  }
  std::vector<std::size_t> counts;
  for (const auto& line : lines) counts.push_back(line.size());
  return counts;
}

/// Cuts a tall stack; returns the number of columns.
std::size_t make_columns(const LayeredLayout& layout, std::vector<Band>& bands) {
  const double height = bands.back().top + bands.back().height;
  if (height <= kTallest) return 1;
  const Extent whole = extents(layout, bands, 1).front();
  const double width = whole.high - whole.low + kGutter;
  const double wanted = std::max(1.0, std::round(std::sqrt(kPageAspect * height / width)));
  const double column_height = std::max(height / wanted, kTallest / 2);
  const std::vector<std::size_t> passing = passing_lines(layout);
  std::vector<std::size_t> ends;
  for (std::size_t start = 0; start < bands.size(); start = ends.back()) {
    ends.push_back(column_end(bands, passing, start, column_height) + 1);
    const Band& last = bands[ends.back() - 1];
    // Long skips leave no place to cut; then the rest would only be torn off.
    if (last.top + last.height - bands[start].top > column_height * kMostUncut) return 1;
  }
  std::size_t layer = 0;
  for (std::size_t column = 0; column < ends.size(); ++column) {
    for (; layer < ends[column]; ++layer) bands[layer].column = column;
  }
  return ends.size();
}

class PagePlacer {
 public:
  PagePlacer(const LayeredLayout& layout, Columns columns) : layout_(layout), bands_(stack(layout)) {
    const std::size_t count = columns == Columns::One || bands_.empty() ? 1 : make_columns(layout, bands_);
    place_columns(count);
    place_vertices();
    for (const LayerSegment& segment : layout.segments) page_.lines.push_back(line_of(segment));
  }

  Page take() { return std::move(page_); }

 private:
  /// A lane for each line that leaves a column for the next one; returns how many each column needs.
  std::vector<std::size_t> assign_lanes(std::size_t count) {
    std::vector<std::size_t> lanes(count, 0);
    for (const LayerSegment& segment : layout_.segments) {
      const std::size_t column = band(segment.from).column;
      if (column == band(segment.to).column) continue;
      lanes[column] += lane_of_.emplace(leaving(segment), lanes[column]).second ? 1u : 0u;
    }
    return lanes;
  }

  void place_columns(std::size_t count) {
    const std::vector<Extent> spans = extents(layout_, bands_, count);
    const std::vector<std::size_t> lanes = assign_lanes(count);
    std::vector<double> first_top(count, 0);
    const std::size_t most_lanes = *std::max_element(lanes.begin(), lanes.end());
    top_ = count == 1 ? 0 : static_cast<double>(most_lanes) * kLane + kTurn;
    for (std::size_t i = bands_.size(); i-- > 0;) first_top[bands_[i].column] = bands_[i].top;
    bottom_.assign(count, 0);
    for (Band& layer : bands_) {
      layer.top += top_ - first_top[layer.column];
      bottom_[layer.column] = layer.top + layer.height;
      const double below = layer.top + layer.height + static_cast<double>(lanes[layer.column]) * kLane;
      page_.height = std::max(page_.height, below + (lanes[layer.column] > 0 ? kTurn : 0));
    }
    double x = 0;
    for (std::size_t c = 0; c < count; ++c) {
      shift_.push_back(x - spans[c].low);
      x += spans[c].high - spans[c].low;
      right_.push_back(x);
      page_.width = x;
      x += 2 * kGutter + static_cast<double>(lanes[c]) * kLane;
    }
  }

  void place_vertices() {
    for (std::size_t v = 0; v < layout_.vertices.size(); ++v) {
      const Band& layer = bands_[at(layout_.layer[v])];
      const bool is_bend = layout_.vertices[v].width == 0;
      const double height = is_bend ? layer.height : layout_.vertices[v].height;
      page_.x.push_back(layout_.x[v] + shift_[layer.column]);
      page_.top.push_back(layer.top + (layer.height - height) / 2);
      page_.bottom.push_back(page_.top.back() + height);
    }
  }

  DrawnLine line_of(const LayerSegment& segment) {
    const std::size_t from = at(segment.from), to = at(segment.to);
    const Band& above = band(segment.from);
    const Band& below = band(segment.to);
    const double x1 = page_.x[from] + segment.from_x, x2 = page_.x[to] + segment.to_x;
    DrawnLine line{{{x1, page_.bottom[from]}, {x1, above.top + above.height}}, segment.style, -1, -1};
    if (above.column != below.column) {
      const double lane = static_cast<double>(lane_of_.at(leaving(segment))) * kLane;
      const double low = bottom_[above.column] + kTurn + lane;
      const double aside = right_[above.column] + kGutter + lane;
      const double high = top_ - kTurn - lane;
      for (const Point point : {Point{x1, low}, {aside, low}, {aside, high}, {x2, high}}) line.points.push_back(point);
    }
    line.points.push_back({x2, below.top});
    line.points.push_back({x2, page_.top[to]});
    if (layout_.vertices[to].width == 0) line.points.push_back({x2, page_.bottom[to]});
    line.points.erase(std::unique(line.points.begin(), line.points.end()), line.points.end());
    return line;
  }

  [[nodiscard]] const Band& band(std::int32_t vertex) const { return bands_[at(layout_.layer[at(vertex)])]; }

  const LayeredLayout& layout_;
  std::vector<Band> bands_;
  std::vector<double> shift_, right_, bottom_;  // of each column
  std::map<Leaving, std::size_t> lane_of_;
  double top_ = 0;  // of each column
  Page page_;
};

}  // namespace

Page place_layers(const LayeredLayout& layout, Columns columns) { return PagePlacer(layout, columns).take(); }

}  // namespace nas::detail
