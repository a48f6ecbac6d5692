#include <algorithm>
#include <limits>

#include "nas/picture/layered_layout.h"

namespace nas::detail {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

constexpr std::int32_t kNone = -1;

/// Vertices one below the other that one line could run through upright.
struct Chain {
  std::vector<std::int32_t> vertices;
  std::vector<double> offset;  // of each from the line
};

class Straightener {
 public:
  explicit Straightener(LayeredLayout& layout) : layout_(layout), rank_(layout.vertices.size()) {
    for (const auto& order : layout.order) {
      for (std::size_t i = 0; i < order.size(); ++i) rank_[at(order[i])] = i;
    }
    count_segments();
  }

  void run() {
    std::vector<Chain> chains;
    for (std::size_t v = 0; v < layout_.vertices.size(); ++v) {
      if (above_[v] == kNone) chains.push_back(chain_from(static_cast<std::int32_t>(v)));
    }
    std::stable_sort(chains.begin(), chains.end(),
                     [](const Chain& a, const Chain& b) { return a.vertices.size() > b.vertices.size(); });
    for (const Chain& chain : chains) {
      for (std::size_t begin = 0; begin < chain.vertices.size();) begin = align(chain, begin);
    }
  }

 private:
  [[nodiscard]] bool is_bend(std::int32_t v) const { return layout_.vertices[at(v)].width == 0; }

  /// Links a segment's ends where it is the only one at both, or both are bends.
  void count_segments() {
    const std::size_t count = layout_.vertices.size();
    std::vector<int> entering(count, 0), leaving(count, 0);
    for (const LayerSegment& segment : layout_.segments) {
      ++entering[at(segment.to)];
      ++leaving[at(segment.from)];
    }
    above_.assign(count, kNone);
    below_.assign(count, kNone);
    shift_.assign(count, 0);
    for (const LayerSegment& segment : layout_.segments) {
      const bool bends = is_bend(segment.from) && is_bend(segment.to);
      const bool alone = entering[at(segment.to)] == 1 && leaving[at(segment.from)] == 1;
      if (!(alone || bends) || below_[at(segment.from)] != kNone || above_[at(segment.to)] != kNone) continue;
      below_[at(segment.from)] = segment.to;
      above_[at(segment.to)] = segment.from;
      shift_[at(segment.to)] = segment.from_x - segment.to_x;
    }
  }

  [[nodiscard]] Chain chain_from(std::int32_t top) const {
    Chain chain;
    double offset = 0;
    for (std::int32_t v = top; v != kNone; v = below_[at(v)]) {
      if (v != top) offset += shift_[at(v)];
      chain.vertices.push_back(v);
      chain.offset.push_back(offset);
    }
    return chain;
  }

  [[nodiscard]] double apart(std::int32_t left, std::int32_t right) const {
    return (layout_.vertices[at(left)].width + layout_.vertices[at(right)].width) / 2 + kVertexGap;
  }

  /// Puts as many vertices from `begin` on as can be upon one line; returns the first that can't.
  std::size_t align(const Chain& chain, std::size_t begin) {
    double low = std::numeric_limits<double>::lowest(), high = std::numeric_limits<double>::max(), sum = 0;
    std::size_t end = begin;
    for (; end < chain.vertices.size(); ++end) {
      const std::int32_t v = chain.vertices[end];
      const auto& order = layout_.order[at(layout_.layer[at(v)])];
      const std::size_t rank = rank_[at(v)];
      double from = low, to = high;
      if (rank > 0)
        from = std::max(from, layout_.x[at(order[rank - 1])] + apart(order[rank - 1], v) - chain.offset[end]);
      if (rank + 1 < order.size()) {
        to = std::min(to, layout_.x[at(order[rank + 1])] - apart(v, order[rank + 1]) - chain.offset[end]);
      }
      if (from > to && end > begin) break;
      low = from;
      high = to;
      sum += layout_.x[at(v)] - chain.offset[end];
    }
    if (end - begin < 2) return end;
    const double line = std::clamp(sum / static_cast<double>(end - begin), low, high);
    for (std::size_t i = begin; i < end; ++i) layout_.x[at(chain.vertices[i])] = line + chain.offset[i];
    return end;
  }

  LayeredLayout& layout_;
  std::vector<std::size_t> rank_;            // of each vertex in its layer
  std::vector<std::int32_t> above_, below_;  // neighbours in the chain
  std::vector<double> shift_;                // of a vertex from the one above it in the chain
};

}  // namespace

void straighten(LayeredLayout& layout) { Straightener(layout).run(); }

}  // namespace nas::detail
