#include <algorithm>
#include <numeric>
#include <utility>

#include "nas/picture/layered_layout.h"

namespace nas::detail {
namespace {

constexpr int kSweeps = 16;
constexpr int kSweepsWithoutGain = 6;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// One end of a segment as a number that sorts like its place in the layer: the vertex's rank, and
/// within the vertex where on its width.
double place(const LayerVertex& vertex, double rank, double offset) {
  return vertex.width > 0 ? rank + offset / (vertex.width + 1) : rank;
}

std::vector<double> ranks_of(const LayeredLayout& layout) {
  std::vector<double> rank(layout.vertices.size());
  for (const auto& layer : layout.order) {
    for (std::size_t i = 0; i < layer.size(); ++i) rank[at(layer[i])] = static_cast<double>(i);
  }
  return rank;
}

/// Pairs (i < j) with values[i] > values[j], by merge sort.
std::int64_t count_inversions(std::vector<double>& values, std::vector<double>& scratch, std::size_t begin,
                              std::size_t end) {
  if (end - begin < 2) return 0;
  const std::size_t middle = begin + (end - begin) / 2;
  std::int64_t count =
      count_inversions(values, scratch, begin, middle) + count_inversions(values, scratch, middle, end);
  std::size_t left = begin, right = middle, out = begin;
  while (left < middle || right < end) {
    const bool from_left = right == end || (left < middle && values[left] <= values[right]);
    if (!from_left) count += static_cast<std::int64_t>(middle - left);
    scratch[out++] = from_left ? values[left++] : values[right++];
  }
  std::copy(scratch.begin() + static_cast<std::ptrdiff_t>(begin), scratch.begin() + static_cast<std::ptrdiff_t>(end),
            values.begin() + static_cast<std::ptrdiff_t>(begin));
  return count;
}

/// For each vertex, the segments that reach it from above and those that leave it.
struct Incidence {
  std::vector<std::vector<std::size_t>> above, below;

  explicit Incidence(const LayeredLayout& layout) : above(layout.vertices.size()), below(layout.vertices.size()) {
    for (std::size_t s = 0; s < layout.segments.size(); ++s) {
      above[at(layout.segments[s].to)].push_back(s);
      below[at(layout.segments[s].from)].push_back(s);
    }
  }
};

enum class Sweep { Down, Up };

/// Sorts a layer by the mean place of each vertex's neighbours in the layer that was fixed before.
void sort_layer(LayeredLayout& layout, const Incidence& incidence, std::size_t layer, Sweep sweep,
                std::vector<double>& rank) {
  auto& order = layout.order[layer];
  std::vector<std::pair<double, std::int32_t>> keyed;
  keyed.reserve(order.size());
  for (const std::int32_t v : order) {
    const auto& segments = sweep == Sweep::Down ? incidence.above[at(v)] : incidence.below[at(v)];
    double sum = 0;
    for (const std::size_t s : segments) {
      const LayerSegment& segment = layout.segments[s];
      const std::int32_t other = sweep == Sweep::Down ? segment.from : segment.to;
      sum += place(layout.vertices[at(other)], rank[at(other)], sweep == Sweep::Down ? segment.from_x : segment.to_x);
    }
    keyed.emplace_back(segments.empty() ? rank[at(v)] : sum / static_cast<double>(segments.size()), v);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (std::size_t i = 0; i < keyed.size(); ++i) {
    order[i] = keyed[i].second;
    rank[at(order[i])] = static_cast<double>(i);
  }
}

}  // namespace

std::int64_t count_crossings(const LayeredLayout& layout) {
  const std::vector<double> rank = ranks_of(layout);
  std::vector<std::vector<std::pair<double, double>>> gaps(layout.order.size());
  for (const LayerSegment& segment : layout.segments) {
    gaps[at(layout.layer[at(segment.from)])].emplace_back(
        place(layout.vertices[at(segment.from)], rank[at(segment.from)], segment.from_x),
        place(layout.vertices[at(segment.to)], rank[at(segment.to)], segment.to_x));
  }
  std::int64_t count = 0;
  for (auto& gap : gaps) {
    std::sort(gap.begin(), gap.end());
    std::vector<double> ends;
    for (const auto& [from, to] : gap) ends.push_back(to);
    std::vector<double> scratch(ends.size());
    count += count_inversions(ends, scratch, 0, ends.size());
  }
  return count;
}

void reduce_crossings(LayeredLayout& layout) {
  const Incidence incidence(layout);
  std::vector<double> rank = ranks_of(layout);
  auto best = layout.order;
  std::int64_t fewest = count_crossings(layout);
  for (int sweep = 0, without_gain = 0; sweep < kSweeps && fewest > 0 && without_gain < kSweepsWithoutGain; ++sweep) {
    const std::size_t layers = layout.order.size();
    for (std::size_t i = 1; i < layers; ++i) {
      if (sweep % 2 == 0) {
        sort_layer(layout, incidence, i, Sweep::Down, rank);
      } else {
        sort_layer(layout, incidence, layers - 1 - i, Sweep::Up, rank);
      }
    }
    const std::int64_t crossings = count_crossings(layout);
    ++without_gain;
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layout.order;
    without_gain = 0;
  }
  layout.order = std::move(best);
}

}  // namespace nas::detail
