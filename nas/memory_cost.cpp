#include <algorithm>
#include <limits>

#include "nas/check.h"
#include "nas/network.h"
#include "nas/node_shapes.h"
#include "nas/operation.h"

namespace nas {
namespace {

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

std::int64_t bounded_sum(std::int64_t a, std::int64_t b) {
  std::int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<std::int64_t>::max() : sum;
}

std::int64_t bounded_product(std::int64_t a, std::int64_t b) {
  std::int64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<std::int64_t>::max() : product;
}

// Gives its input, or a part of it, under another shape or name. Rates matter in training only.
bool renames(const Node& node, Phase phase) {
  switch (node.op) {
    case Op::Identity:
    case Op::Flatten:
    case Op::Reshape:
    case Op::Slice:
      return true;
    case Op::Dropout:
    case Op::DropPath:
      return phase == Phase::Inference || node.attributes.rate == 0;
    default:
      return operation(node.op).arity == Arity::Many && node.inputs.size() == 1;
  }
}

// For each node the one whose memory holds its output.
std::vector<std::int32_t> find_holders(const Network& network, Phase phase) {
  std::vector<std::int32_t> holders(network.nodes.size(), 0);
  for (std::size_t i = 1; i < holders.size(); ++i) {
    const Node& node = network.nodes[i];
    holders[i] = renames(node, phase) ? holders[at(node.inputs[0])] : static_cast<std::int32_t>(i);
  }
  return holders;
}

std::int64_t elements_of(const Network& network, std::size_t node) { return network.nodes[node].shape.elements(); }

// For each node, whether a gradient comes back to it: something up to it has weights.
std::vector<bool> nodes_with_gradient(const Network& network) {
  std::vector<bool> gradient(network.nodes.size());
  detail::NodeShapes shapes;
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (node.op == Op::Zero) continue;
    const auto has_gradient = [&](std::int32_t input) { return bool{gradient[at(input)]}; };
    gradient[i] = std::any_of(node.inputs.begin(), node.inputs.end(), has_gradient) ||
                  operation(node.op).params(node.attributes, shapes.of(network, node.inputs)) > 0;
  }
  return gradient;
}

// What one example's backward pass needs.
struct Kept {
  std::int64_t elements = 0;
  std::int64_t extra_bytes = 0;
};

Kept count_kept(const Network& network) {
  const std::vector<bool> used = used_nodes(network);
  const std::vector<bool> gradient = nodes_with_gradient(network);
  const std::vector<std::int32_t> holders = find_holders(network, Phase::Training);
  std::vector<bool> is_kept(network.nodes.size());
  Kept kept;
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (!used[i] || !gradient[i] || renames(node, Phase::Training)) continue;
    const Keeps& keeps = operation(node.op).keeps;
    if (keeps.output) is_kept[i] = true;
    if (keeps.inputs) {
      for (const std::int32_t input : node.inputs) is_kept[at(holders[at(input)])] = true;
    }
    kept.extra_bytes =
        bounded_sum(kept.extra_bytes, bounded_product(keeps.extra_bytes_per_element, elements_of(network, i)));
  }
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (is_kept[i]) kept.elements = bounded_sum(kept.elements, elements_of(network, i));
  }
  return kept;
}

// By holder: the last node that reads it, or the number of nodes where it is an output.
std::vector<std::size_t> last_readers(const Network& network, const std::vector<std::int32_t>& outputs,
                                      const std::vector<bool>& used, const std::vector<std::int32_t>& holders) {
  std::vector<std::size_t> last(network.nodes.size(), 0);
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (!used[i] || network.nodes[i].op == Op::Zero) continue;
    for (const std::int32_t input : network.nodes[i].inputs) last[at(holders[at(input)])] = i;
  }
  for (const std::int32_t output : outputs) last[at(holders[at(output)])] = network.nodes.size();
  return last;
}

// The most elements of one example that are alive at a time.
std::int64_t peak_elements(const Network& network) {
  const std::vector<std::int32_t> outputs = output_nodes(network, Phase::Inference);
  const std::vector<bool> used = used_nodes(network, outputs);
  const std::vector<std::int32_t> holders = find_holders(network, Phase::Inference);
  const std::vector<std::size_t> last = last_readers(network, outputs, used, holders);
  std::vector<std::vector<std::size_t>> freed_after(network.nodes.size() + 1);
  std::int64_t alive = 0;
  std::int64_t peak = 0;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    if (used[i] && at(holders[i]) == i) {
      alive = bounded_sum(alive, elements_of(network, i));
      freed_after[std::max(i, last[i])].push_back(i);
    }
    peak = std::max(peak, alive);
    for (const std::size_t node : freed_after[i]) alive = std::max<std::int64_t>(0, alive - elements_of(network, node));
  }
  return peak;
}

}  // namespace

MemoryCost count_memory(const Network& network, std::int64_t batch) {
  NAS_CHECK(batch >= 1, "a batch holds at least one example");
  MemoryCost cost;
  const Kept kept = count_kept(network);
  cost.training_elements = kept.elements;
  const std::int64_t bytes = bounded_sum(bounded_product(kept.elements, kBytesPerElement), kept.extra_bytes);
  cost.training_bytes = bounded_product(bytes, batch);
  cost.inference_bytes = bounded_product(bounded_product(peak_elements(network), kBytesPerElement), batch);
  return cost;
}

}  // namespace nas
