#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "nas/network.h"
#include "nas/node_shapes.h"
#include "nas/operation.h"

namespace nas {
namespace {

constexpr std::int64_t kUnreached = -1;

void add_bounded(std::int64_t& sum, std::int64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

std::int64_t depth_below(const Node& node, const std::vector<std::int64_t>& depth) {
  std::int64_t deepest = kUnreached;
  if (node.op == Op::Zero) return deepest;
  for (const std::int32_t input : node.inputs) deepest = std::max(deepest, depth[static_cast<std::size_t>(input)]);
  return deepest;
}

// Of the nodes that are not left out (an empty list leaves none out), as deep as `root`.
Cost count(const Network& network, const std::vector<bool>& left_out, std::int32_t root) {
  Cost cost;
  detail::NodeShapes shapes;
  std::vector<std::int64_t> depth(network.nodes.size(), kUnreached);
  depth[0] = 0;
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    if (!left_out.empty() && left_out[i]) continue;
    const Node& node = network.nodes[i];
    const Operation& row = operation(node.op);
    const auto inputs = shapes.of(network, node.inputs);
    const std::int64_t macs = row.macs(node.attributes, inputs, node.shape);
    add_bounded(cost.params, row.params(node.attributes, inputs));
    add_bounded(cost.macs, macs);
    add_bounded(cost.activation_elements, node.shape.elements());
    depth[i] = depth_below(node, depth);
    if (macs == 0) continue;
    ++cost.layers;
    if (depth[i] != kUnreached) ++depth[i];
  }
  cost.depth = std::max<std::int64_t>(0, depth[static_cast<std::size_t>(root)]);
  return cost;
}

// Empty where there is no auxiliary exit.
std::vector<bool> used_by_auxiliaries_only(const Network& network) {
  std::vector<std::int32_t> auxiliaries;
  for (const Exit& exit : network.exits) {
    if (exit.auxiliary) auxiliaries.push_back(exit.node);
  }
  if (auxiliaries.empty()) return {};
  std::vector<bool> only = used_nodes(network, auxiliaries);
  const std::vector<bool> others = used_nodes(network, output_nodes(network, Phase::Inference));
  for (std::size_t i = 0; i < only.size(); ++i) only[i] = only[i] && !others[i];
  return only;
}

}  // namespace

Cost count_cost(const Network& network) { return count(network, used_by_auxiliaries_only(network), network.output); }

Cost count_cost_to(const Network& network, std::int32_t node) {
  std::vector<bool> left_out = used_nodes(network, {node});
  left_out.flip();
  return count(network, left_out, node);
}

std::vector<std::pair<std::string, std::int64_t>> named_counts(const Network& network) {
  const Cost whole = count_cost(network);
  std::vector<std::pair<std::string, std::int64_t>> counts = {{"params", whole.params}, {"macs", whole.macs}};
  for (const Exit& exit : network.exits) {
    if (exit.auxiliary) continue;
    const Cost cost = count_cost_to(network, exit.node);
    counts.emplace_back(fmt::format("params.{}", exit.name), cost.params);
    counts.emplace_back(fmt::format("macs.{}", exit.name), cost.macs);
  }
  return counts;
}

}  // namespace nas
