#include "nas/picture/merge_chains.h"

#include <fmt/format.h>

#include <algorithm>

#include "nas/operation.h"
#include "nas/picture/operation_label.h"

namespace nas::detail {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

BoxKind kind_of(Op op) {
  if (op == Op::Input) return BoxKind::Input;
  return operation(op).arity == Arity::Many ? BoxKind::Join : kind_of_name(operation(op).name);
}

/// Whether the operation stands beside another one in its box rather than in one of its own.
bool is_follower(Op op) {
  if (operation(op).arity != Arity::One) return false;
  const BoxKind kind = kind_of(op);
  const std::string_view name = operation(op).name;
  return kind == BoxKind::Normalisation || kind == BoxKind::Activation || name == "dropout" || name == "drop_path" ||
         name == "flatten";
}

/// Those that may follow what is normalised or activated first: not joins, not the network's input.
bool is_layer(Op op) {
  const BoxKind kind = kind_of(op);
  return kind == BoxKind::Convolution || kind == BoxKind::Linear || kind == BoxKind::Pooling;
}

/// Steps of the decoder's path that two names begin with in common.
std::ptrdiff_t shared_steps(const std::string& a, const std::string& b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return std::count(a.begin(), end, '.');
}

class ChainMerger {
 public:
  explicit ChainMerger(const Network& network)
      : network_(network), users_(network.nodes.size(), 0), reader_(network.nodes.size(), 0) {
    for (std::size_t node = 0; node < network.nodes.size(); ++node) {
      const auto& inputs = network.nodes[node].inputs;
      root_.push_back(op(node) == Op::Identity ? root_[at(inputs[0])] : node);
      if (op(node) == Op::Identity) continue;
      for (const std::int32_t input : inputs) {
        ++users_[root_[at(input)]];
        reader_[root_[at(input)]] = node;
      }
    }
    ++users_[root_[at(network.output)]];
    for (const Exit& exit : network.exits) ++users_[root_[at(exit.node)]];
  }

  std::vector<MergedBox> merge() {
    box_of_.assign(network_.nodes.size(), -1);
    for (std::size_t node = 0; node < network_.nodes.size(); ++node) {
      if (root_[node] != node) continue;
      const std::int32_t box = box_to_join(node);
      box_of_[node] = box >= 0 ? box : static_cast<std::int32_t>(boxes_.size());
      if (box < 0) boxes_.emplace_back();
      boxes_[at(box_of_[node])].nodes.push_back(node);
    }
    sort_boxes();
    for (MergedBox& box : boxes_) describe(box);
    return std::move(boxes_);
  }

 private:
  [[nodiscard]] Op op(std::size_t node) const { return network_.nodes[node].op; }

  /// The box that ends in the only input of this node, if this node belongs into it.
  [[nodiscard]] std::int32_t box_to_join(std::size_t node) const {
    const auto& inputs = network_.nodes[node].inputs;
    if (inputs.size() != 1) return -1;
    const std::size_t input = root_[at(inputs[0])];
    if (users_[input] != 1 || op(input) == Op::Input) return -1;
    const std::int32_t box = box_of_[input];
    const auto& nodes = boxes_[at(box)].nodes;
    if (is_follower(op(node))) return belongs_to_input(node, input) ? box : -1;
    const bool only_followers = std::all_of(nodes.begin(), nodes.end(), [&](auto n) { return is_follower(op(n)); });
    if (only_followers && is_layer(op(node))) return box;
    const bool separable = is_depthwise(network_, nodes.back()) && is_pointwise(network_, node);
    return separable ? box : -1;
  }

  /// After a join, what stands in the body of the join, by their names, and not in the part that
  /// reads it: the parts of a repeat look alike then, also the last one, which others read.
  [[nodiscard]] bool belongs_to_input(std::size_t node, std::size_t input) const {
    if (kind_of(op(input)) != BoxKind::Join) return true;
    const std::string &name = network_.nodes[node].name, &input_name = network_.nodes[input].name;
    const auto shared = shared_steps(name, input_name);
    if (shared < std::count(input_name.begin(), input_name.end(), '.')) return false;
    return users_[node] != 1 || shared_steps(name, network_.nodes[reader_[node]].name) <= shared;
  }

  /// By their last nodes: what a box reads ends before it does, so this order is topological.
  void sort_boxes() {
    std::vector<std::size_t> order(boxes_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return boxes_[a].nodes.back() < boxes_[b].nodes.back(); });
    std::vector<MergedBox> sorted;
    for (const std::size_t i : order) {
      for (const std::size_t node : boxes_[i].nodes) box_of_[node] = static_cast<std::int32_t>(sorted.size());
      sorted.push_back(std::move(boxes_[i]));
    }
    boxes_ = std::move(sorted);
    for (MergedBox& box : boxes_) {
      for (const std::int32_t input : network_.nodes[box.nodes.front()].inputs)
        box.inputs.push_back(box_of_[root_[at(input)]]);
    }
  }

  void describe(MergedBox& box) const {
    const auto& nodes = box.nodes;
    auto main = std::find_if(nodes.begin(), nodes.end(), [&](std::size_t n) { return !is_follower(op(n)); });
    if (main == nodes.end()) main = nodes.begin();
    auto after = main + 1;
    box.kind = kind_of(op(*main));
    box.label = short_label(network_, *main);
    if (after != nodes.end() && !is_follower(op(*after))) {
      box.label = fmt::format("sep{}", short_label(network_, *main).substr(std::string_view("depthwise").size()));
      const std::string channels = fmt::format(", {}", network_.nodes[*main].attributes.channels);
      const std::size_t found = box.label.find(channels);
      if (found != std::string::npos) {
        box.label.replace(found, channels.size(), fmt::format(", {}", network_.nodes[*after].attributes.channels));
      }
      ++after;
    }
    const std::string before_text = names(nodes.begin(), main), after_text = names(after, nodes.end());
    if (!before_text.empty()) box.sublabel = "after " + before_text;
    if (!before_text.empty() && !after_text.empty()) box.sublabel += ", then ";
    box.sublabel += after_text;
    for (const std::int32_t input : network_.nodes[nodes.front()].inputs) {
      box.exact_key += to_string(network_.shape_of(input)) + ",";
    }
    for (const std::size_t node : nodes) {
      box.exact_key += fmt::format("{}{}:{};", operation(op(node)).name, attribute_text(network_, node),
                                   to_string(network_.nodes[node].shape));
    }
  }

  /// Flattening says nothing beside another operation.
  template <class Iterator>
  [[nodiscard]] std::string names(Iterator begin, Iterator end) const {
    std::string text;
    for (; begin != end; ++begin) {
      if (op(*begin) == Op::Flatten) continue;
      text += (text.empty() ? "" : " ") + short_label(network_, *begin);
    }
    return text;
  }

  const Network& network_;
  std::vector<std::size_t> root_;     // of each node: itself; of an identity what it passes on
  std::vector<std::size_t> users_;    // of each node, the network's outputs included
  std::vector<std::size_t> reader_;   // the last node that reads it
  std::vector<std::int32_t> box_of_;  // of each node
  std::vector<MergedBox> boxes_;
};

}  // namespace

std::vector<MergedBox> merge_chains(const Network& network) { return ChainMerger(network).merge(); }

}  // namespace nas::detail
