#include <limits>

#include "nas/network.h"
#include "nas/node_shapes.h"
#include "nas/operation.h"

namespace nas {
namespace {

void add_bounded(std::int64_t& sum, std::int64_t value) {
  if (__builtin_add_overflow(sum, value, &sum)) sum = std::numeric_limits<std::int64_t>::max();
}

}  // namespace

Cost count_cost(const Network& network) {
  Cost cost;
  detail::NodeShapes shapes;
  for (const Node& node : network.nodes) {
    if (node.op == Op::Input) continue;
    const Operation& row = operation(node.op);
    const auto inputs = shapes.of(network, node.inputs);
    add_bounded(cost.params, row.params(node.attributes, inputs));
    add_bounded(cost.macs, row.macs(node.attributes, inputs, node.shape));
    add_bounded(cost.activation_elements, node.shape.elements());
  }
  return cost;
}

}  // namespace nas
