#include "nas/export/export_graph.h"

#include <algorithm>

namespace nas {
namespace {

using Values = std::vector<std::int32_t>;

std::size_t at(std::int32_t node) { return static_cast<std::size_t>(node); }

bool is_join(Op op) { return op == Op::Add || op == Op::Multiply || op == Op::Concat; }

bool only_renames(const Node& node, std::size_t inputs) {
  if (node.op == Op::Dropout || node.op == Op::DropPath) return node.attributes.rate == 0;
  return node.op == Op::Identity || (is_join(node.op) && inputs == 1);
}

/// Without zeros, but for the last.
void drop_zeros(const Network& network, Values& summands) {
  const auto is_zero = [&](std::int32_t value) { return network.nodes[at(value)].op == Op::Zero; };
  const std::int32_t last = summands.back();
  std::erase_if(summands, is_zero);
  if (summands.empty()) summands.push_back(last);
}

/// For each value, whether `roots` need it; what a Zero reads does not count.
std::vector<bool> needed(const Network& network, const std::vector<ExportStep>& steps, const Values& roots) {
  std::vector<bool> marks(network.nodes.size());
  marks[0] = true;
  for (const std::int32_t root : roots) marks[at(root)] = true;
  for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
    if (!marks[at(step->node)] || network.nodes[at(step->node)].op == Op::Zero) continue;
    for (const std::int32_t input : step->inputs) marks[at(input)] = true;
  }
  return marks;
}

}  // namespace

ExportGraph make_export_graph(const Network& network) {
  ExportGraph graph{&network, {}, {}};
  Values value_of(network.nodes.size());
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    Values inputs;
    for (const std::int32_t input : node.inputs) inputs.push_back(value_of[at(input)]);
    if (node.op == Op::Add) drop_zeros(network, inputs);
    value_of[i] = only_renames(node, inputs.size()) ? inputs[0] : static_cast<std::int32_t>(i);
    if (value_of[i] == static_cast<std::int32_t>(i)) graph.steps.push_back({value_of[i], std::move(inputs)});
  }
  Values always;
  Values all;
  const auto add_output = [&](std::string name, std::int32_t node, bool training_only) {
    const std::int32_t value = value_of[at(node)];
    graph.outputs.push_back({std::move(name), value, training_only});
    all.push_back(value);
    if (!training_only) always.push_back(value);
  };
  add_output("output", network.output, false);
  for (const Exit& exit : network.exits) {
    const bool is_taken = exit.name == "output" || exit.name == "input";
    add_output(exit.name + (is_taken ? "_exit" : ""), exit.node, exit.auxiliary);
  }

  const std::vector<bool> used = needed(network, graph.steps, all);
  const std::vector<bool> used_always = needed(network, graph.steps, always);
  std::erase_if(graph.steps, [&](const ExportStep& step) { return !used[at(step.node)]; });
  for (ExportStep& step : graph.steps) {
    step.training_only = !used_always[at(step.node)];
    const bool is_zero = network.nodes[at(step.node)].op == Op::Zero;
    if (is_zero && !used_always[at(step.inputs[0])]) step.inputs = {0};
  }
  return graph;
}

}  // namespace nas
