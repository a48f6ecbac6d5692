#include <algorithm>
#include <cmath>
#include <utility>

#include "nas/picture/layered_layout.h"

namespace nas::detail {
namespace {

constexpr int kSweeps = 10;
constexpr int kSettlingSweeps = 20;
constexpr double kLandingGap = 14;
constexpr double kLandingMargin = 12;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

struct Wish {
  double x = 0;
  double weight = 0;
};

/// Places nearest to the wishes (least squares) with at least `gaps[i]` between i - 1 and i: pools
/// adjacent violators (Barlow et al. 1972).
std::vector<double> nearest_places(const std::vector<Wish>& wishes, const std::vector<double>& gaps) {
  struct Pool {
    double sum, weight;
    std::size_t count;
    [[nodiscard]] double mean() const { return sum / weight; }
  };
  std::vector<Pool> pools;
  double shift = 0;
  for (std::size_t i = 0; i < wishes.size(); ++i) {
    shift += gaps[i];
    pools.push_back({(wishes[i].x - shift) * wishes[i].weight, wishes[i].weight, 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().weight += last.weight;
      pools.back().count += last.count;
    }
  }
  std::vector<double> places;
  shift = 0;
  for (const Pool& pool : pools) {
    for (std::size_t i = 0; i < pool.count; ++i) {
      shift += gaps[places.size()];
      places.push_back(pool.mean() + shift);
    }
  }
  return places;
}

/// Which neighbours a vertex follows.
enum class Follow { Above, Below, Both };

class Placer {
 public:
  explicit Placer(LayeredLayout& layout) : layout_(layout), segments_(layout.vertices.size()) {
    for (std::size_t s = 0; s < layout.segments.size(); ++s) {
      segments_[at(layout.segments[s].from)].push_back(s);
      segments_[at(layout.segments[s].to)].push_back(s);
    }
  }

  void place_layer(std::size_t layer, Follow follow) {
    const auto& order = layout_.order[layer];
    std::vector<Wish> wishes;
    std::vector<double> gaps;
    for (std::size_t i = 0; i < order.size(); ++i) {
      wishes.push_back(wish_of(order[i], follow));
      gaps.push_back(i == 0 ? 0 : apart(order[i - 1], order[i]));
    }
    const std::vector<double> places = nearest_places(wishes, gaps);
    for (std::size_t i = 0; i < order.size(); ++i) layout_.x[at(order[i])] = places[i];
  }

 private:
  [[nodiscard]] bool is_bend(std::int32_t v) const { return layout_.vertices[at(v)].width == 0; }

  [[nodiscard]] double apart(std::int32_t left, std::int32_t right) const {
    return (layout_.vertices[at(left)].width + layout_.vertices[at(right)].width) / 2 + kVertexGap;
  }

  /// Mean of where the neighbours want it; without any it stays. Long edges want most to be
  /// straight (the weights of Gansner et al. 1993).
  [[nodiscard]] Wish wish_of(std::int32_t v, Follow follow) const {
    double sum = 0, weight = 0;
    for (const std::size_t s : segments_[at(v)]) {
      const LayerSegment& segment = layout_.segments[s];
      const bool is_above = segment.to == v;
      if (follow != Follow::Both && is_above != (follow == Follow::Above)) continue;
      const double w = is_bend(segment.from) && is_bend(segment.to)   ? 8
                       : is_bend(segment.from) || is_bend(segment.to) ? 2
                                                                      : 1;
      const double target = is_above ? layout_.x[at(segment.from)] + segment.from_x - segment.to_x
                                     : layout_.x[at(segment.to)] + segment.to_x - segment.from_x;
      sum += w * target;
      weight += w;
    }
    if (weight == 0) return {layout_.x[at(v)], 0.1};
    return {sum / weight, weight};
  }

  LayeredLayout& layout_;
  std::vector<std::vector<std::size_t>> segments_;
};

/// Edges that enter a wide box land side by side, in the order of where they come from.
void spread_landings(LayeredLayout& layout) {
  std::vector<std::vector<std::size_t>> entering(layout.vertices.size());
  for (std::size_t s = 0; s < layout.segments.size(); ++s) entering[at(layout.segments[s].to)].push_back(s);
  for (std::size_t v = 0; v < entering.size(); ++v) {
    auto& segments = entering[v];
    if (segments.size() < 2 || !layout.vertices[v].wide_landing) continue;
    const auto start = [&](std::size_t s) { return layout.x[at(layout.segments[s].from)] + layout.segments[s].from_x; };
    std::stable_sort(segments.begin(), segments.end(),
                     [&](std::size_t a, std::size_t b) { return start(a) < start(b); });
    const double gaps = static_cast<double>(segments.size() - 1);
    const double room = std::max(0.0, layout.vertices[v].width - 2 * kLandingMargin);
    const double step = std::min(kLandingGap, room / gaps);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      layout.segments[segments[i]].to_x = (static_cast<double>(i) - gaps / 2) * step;
    }
  }
}

}  // namespace

void place_vertices(LayeredLayout& layout) {
  Placer placer(layout);
  for (const auto& order : layout.order) {
    double x = 0;
    for (const std::int32_t v : order) {
      const double half = layout.vertices[at(v)].width / 2;
      layout.x[at(v)] = x + half;
      x += 2 * half + kVertexGap;
    }
  }
  const std::size_t layers = layout.order.size();
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t i = 0; i < layers; ++i) placer.place_layer(i, Follow::Above);
    for (std::size_t i = layers; i-- > 0;) placer.place_layer(i, Follow::Below);
  }
  for (int sweep = 0; sweep < kSettlingSweeps; ++sweep) {
    for (std::size_t i = 0; i < layers; ++i) placer.place_layer(sweep % 2 == 0 ? i : layers - 1 - i, Follow::Both);
  }
  straighten(layout);
  for (double& x : layout.x) x = std::round(x);
  spread_landings(layout);
}

}  // namespace nas::detail
