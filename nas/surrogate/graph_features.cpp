#include "nas/surrogate/graph_features.h"

#include <algorithm>
#include <cmath>

#include "nas/mix.h"
#include "nas/network_graph.h"

namespace nas {
namespace {

using detail::NetworkGraph;

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

std::uint64_t combine(std::uint64_t seed, std::uint64_t word) { return mix(seed * 0x9E3779B97F4A7C15ULL + word + 1); }

std::uint64_t combine(std::uint64_t seed, const Axes& axes) {
  for (const std::int32_t value : axes) seed = combine(seed, static_cast<std::uint64_t>(value));
  return seed;
}

/// Widths are left out: that two networks differ in width, their genes say.
std::uint64_t own_label(const NetworkGraph::Vertex& vertex, const Node& node) {
  std::uint64_t label = combine(0, static_cast<std::uint64_t>(vertex.op));
  label = combine(label, node.attributes.kernel);
  label = combine(label, node.attributes.stride);
  label = combine(label, node.attributes.dilation);
  return combine(label, node.attributes.groups > 1 ? 1 : 0);
}

/// Whether what comes before it stands beside what comes after: sums, and what acts on each element.
bool passes_on(Op op) {
  switch (op) {
    case Op::Input:
    case Op::Conv:
    case Op::ConvTranspose:
    case Op::Linear:
    case Op::MaxPool:
    case Op::AveragePool:
    case Op::GlobalAveragePool:
    case Op::GlobalMaxPool:
    case Op::AdaptiveAveragePool:
    case Op::AdaptiveMaxPool:
    case Op::Upsample:
      return false;
    default:
      return true;
  }
}

/// How often each kind of layer comes before something; few kinds, unordered.
using Kinds = std::vector<std::pair<std::uint64_t, float>>;

void add(Kinds& kinds, std::uint64_t kind, float count) {
  const auto known = std::ranges::find(kinds, kind, &Kinds::value_type::first);
  if (known == kinds.end()) {
    kinds.emplace_back(kind, count);
  } else {
    known->second += count;
  }
}

std::uint64_t label_of(const Kinds& kinds) {
  std::uint64_t sum = 0;
  for (const auto& [kind, count] : kinds) sum += mix(kind) * static_cast<std::uint64_t>(count);
  return sum;
}

/// The layers of a part of a network: nodes from `begin` to before `end`. What is read from outside
/// is one vertex, the input; what is read outside goes to another, the output.
class Part {
 public:
  Part(const NetworkGraph& graph, std::int32_t begin, std::int32_t end, std::uint64_t salt)
      : graph_(graph),
        input_(combine(salt, 1)),
        output_(combine(salt, 2)),
        inside_(graph.vertices.size()),
        passes_(graph.vertices.size()),
        kind_(graph.vertices.size(), input_),
        before_(graph.vertices.size()),
        after_(graph.vertices.size()) {
    for (std::size_t i = 0; i < graph.vertices.size(); ++i) {
      const auto& vertex = graph.vertices[i];
      inside_[i] = vertex.node >= begin && vertex.node < end;
      if (!inside_[i]) continue;
      passes_[i] = passes_on(vertex.op);
      kind_[i] = combine(own_label(vertex, graph.node_of(vertex)), salt);
    }
  }

  void count_into(GraphFeatures& features) {
    look_back();
    look_ahead();
    for (std::size_t i = 0; i < inside_.size(); ++i) {
      if (!inside_[i] || passes_[i]) continue;
      add(features.counts[0], kind_[i], 1);
      add(features.counts[1], combine(combine(kind_[i], label_of(before_[i])), label_of(after_[i])), 1);
      for (const auto& [kind, count] : before_[i]) add(features.counts[2], combine(kind, kind_[i]), count);
    }
    add(features.counts[1], combine(input_, label_of(starts_)), 1);
    add(features.counts[1], combine(output_, label_of(ends_)), 1);
    for (const auto& [kind, count] : ends_) add(features.counts[2], combine(kind, output_), count);
  }

 private:
  /// What a reader of vertex `i` finds there: the vertex, or what it passes on.
  void read(std::size_t i, Kinds& into) const {
    if (!passes_[i]) add(into, kind_[i], 1);
    if (!passes_[i]) return;
    for (const auto& [kind, count] : before_[i]) add(into, kind, count);
  }

  void look_back() {
    std::vector<bool> leaves(inside_.size());
    for (std::size_t i = 0; i < inside_.size(); ++i) {
      for (const std::int32_t input : graph_.inputs_of(graph_.vertices[i])) {
        const std::size_t from = at(input);
        if (inside_[i]) read(from, before_[i]);
        if (!inside_[i] && inside_[from]) leaves[from] = true;
      }
    }
    for (const std::int32_t exit : graph_.exits) leaves[at(exit)] = true;
    leaves[at(graph_.output)] = true;
    for (std::size_t i = 0; i < inside_.size(); ++i) {
      if (!inside_[i] || !leaves[i]) continue;
      read(i, ends_);
      add(after_[i], output_, 1);
    }
  }

  void look_ahead() {
    for (std::size_t i = inside_.size(); i-- > 0;) {
      if (!inside_[i]) continue;
      for (const std::int32_t input : graph_.inputs_of(graph_.vertices[i])) {
        Kinds& into = inside_[at(input)] ? after_[at(input)] : starts_;
        if (!passes_[i]) add(into, kind_[i], 1);
        if (!passes_[i]) continue;
        for (const auto& [kind, count] : after_[i]) add(into, kind, count);
      }
    }
  }

  const NetworkGraph& graph_;
  const std::uint64_t input_;
  const std::uint64_t output_;
  std::vector<bool> inside_;
  std::vector<bool> passes_;
  std::vector<std::uint64_t> kind_;
  std::vector<Kinds> before_;
  std::vector<Kinds> after_;
  Kinds starts_;
  Kinds ends_;
};

/// By magnitude, since costs span some.
void add_cost(const Cost& cost, Kinds& counts) {
  std::uint64_t number = 0;
  for (const std::int64_t count : {cost.params, cost.macs, cost.depth}) {
    counts.emplace_back(combine(number++, 0), std::log1p(static_cast<float>(count)));
  }
}

}  // namespace

GraphFeatures graph_features(const Decoded& decoded) {
  GraphFeatures features;
  const auto live = detail::live_graph(decoded.network);
  if (!live) return features;
  if (decoded.cells.empty()) {
    Part(*live, 0, static_cast<std::int32_t>(decoded.network.nodes.size()), 0).count_into(features);
  }
  std::uint64_t number = 0;
  for (const CellGraph& cell : decoded.cells) Part(*live, cell.begin, cell.end, ++number).count_into(features);
  add_cost(count_cost(decoded.network), features.counts[kComputedFeatures]);
  for (Kinds& counts : features.counts) std::ranges::sort(counts);
  return features;
}

}  // namespace nas
