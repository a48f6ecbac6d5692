#include "trainer/execution_plan.h"

#include <algorithm>
#include <map>
#include <span>

#include "nas/operation.h"

namespace nas {

namespace {

/// Same inputs, same output: may be computed once for several nodes. Not so what is random, has
/// weights or running statistics.
bool repeats_itself(const Network& network, const Node& node) {
  switch (node.op) {
    case Op::Input:
    case Op::Zero:
    case Op::BatchNorm:
    case Op::Dropout:
    case Op::DropPath:
      return false;
    default:
      break;
  }
  std::vector<Shape> inputs;
  for (const std::int32_t input : node.inputs) inputs.push_back(network.shape_of(input));
  return operation(node.op).params(node.attributes, inputs) == 0;
}

bool is_join(Op op) { return op == Op::Add || op == Op::Multiply || op == Op::Concat; }

/// Has a form that writes its result over its first input.
bool can_overwrite(Op op) { return op == Op::Relu || op == Op::Add; }

/// Its output may be written over: it is memory of its own, and its backward does not read it.
bool may_be_overwritten(Op op) {
  switch (op) {
    case Op::Conv:
    case Op::BatchNorm:
    case Op::MaxPool:
    case Op::AveragePool:
    case Op::Add:
    case Op::Multiply:
    case Op::Concat:
      return true;
    default:
      return false;
  }
}

class Planner {
 public:
  explicit Planner(const Network& network) : network_(network), value_of_(network.nodes.size()) {}

  ExecutionPlan plan(const std::vector<std::int32_t>& outputs) {
    const std::vector<bool> used = used_nodes(network_, outputs);
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
      if (used[i]) place(static_cast<std::int32_t>(i));
    }
    for (const std::int32_t output : outputs) plan_.outputs.push_back(value_of_[index(output)]);
    drop_unused_steps();
    mark_last_uses();
    mark_overwrites();
    return std::move(plan_);
  }

 private:
  static std::size_t index(std::int32_t node) { return static_cast<std::size_t>(node); }
  const Node& node(std::int32_t i) const { return network_.nodes[index(i)]; }

  void place(std::int32_t i) {
    const Node& here = node(i);
    std::vector<std::int32_t> inputs;
    for (const std::int32_t input : here.inputs) inputs.push_back(value_of_[index(input)]);
    if (here.op == Op::Zero) inputs.clear();
    if (here.op == Op::Add) drop_zeros(inputs);
    if (here.op == Op::Identity || (is_join(here.op) && inputs.size() == 1)) {
      value_of_[index(i)] = inputs[0];
      return;
    }
    value_of_[index(i)] = repeated(i, inputs);
    if (value_of_[index(i)] == i && here.op != Op::Input) plan_.steps.push_back({i, std::move(inputs), false, {}});
  }

  /// Leaves one summand where all are zero.
  void drop_zeros(std::vector<std::int32_t>& inputs) const {
    const auto zeros = std::stable_partition(inputs.begin(), inputs.end(),
                                             [&](std::int32_t value) { return node(value).op != Op::Zero; });
    inputs.erase(zeros == inputs.begin() ? zeros + 1 : zeros, inputs.end());
  }

  /// An earlier node with the same output, or `i` itself.
  std::int32_t repeated(std::int32_t i, const std::vector<std::int32_t>& inputs) {
    if (!repeats_itself(network_, node(i))) return i;
    std::vector<std::int32_t>& earlier = same_inputs_[{node(i).op, inputs}];
    for (const std::int32_t other : earlier) {
      if (node(other).attributes == node(i).attributes) return other;
    }
    earlier.push_back(i);
    return i;
  }

  /// What only a Zero or nothing reads, and zeros that only sums read, would run for nothing.
  void drop_unused_steps() {
    std::vector<bool> read(network_.nodes.size(), false);
    for (const std::int32_t output : plan_.outputs) read[index(output)] = true;
    for (auto step = plan_.steps.rbegin(); step != plan_.steps.rend(); ++step) {
      if (!read[index(step->node)]) continue;
      for (const std::int32_t value : step->inputs) read[index(value)] = true;
    }
    std::erase_if(plan_.steps, [&](const ExecutionStep& step) { return !read[index(step.node)]; });
  }

  void mark_last_uses() {
    std::vector<bool> read_later(network_.nodes.size(), false);
    for (const std::int32_t output : plan_.outputs) read_later[index(output)] = true;
    for (auto step = plan_.steps.rbegin(); step != plan_.steps.rend(); ++step) {
      for (const std::int32_t value : step->inputs) {
        if (!read_later[index(value)]) step->last_use.push_back(value);
        read_later[index(value)] = true;
      }
    }
  }

  void mark_overwrites() {
    std::vector<std::int64_t> readers(network_.nodes.size(), 0);
    for (const std::int32_t output : plan_.outputs) ++readers[index(output)];
    for (const ExecutionStep& step : plan_.steps) {
      for (const std::int32_t value : step.inputs) ++readers[index(value)];
    }
    for (ExecutionStep& step : plan_.steps) {
      if (!can_overwrite(node(step.node).op)) continue;
      const auto free = std::find_if(step.inputs.begin(), step.inputs.end(), [&](std::int32_t value) {
        return readers[index(value)] == 1 && may_be_overwritten(node(value).op);
      });
      if (free == step.inputs.end()) continue;
      step.overwrite_first = true;
      std::rotate(step.inputs.begin(), free, free + 1);  // a sum's order does not matter
    }
  }

  const Network& network_;
  ExecutionPlan plan_;
  std::vector<std::int32_t> value_of_;  // by node: the node that computes its output
  std::map<std::pair<Op, std::vector<std::int32_t>>, std::vector<std::int32_t>> same_inputs_;
};

void add_once(std::vector<std::int32_t>& values, std::int32_t value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

/// `last_reads` by value: the last step that reads it, or the number of steps for outputs.
StepRange make_range(const ExecutionPlan& plan, std::size_t begin, std::size_t end,
                     const std::map<std::int32_t, std::size_t>& last_reads) {
  StepRange range{begin, end, {}, {}};
  std::vector<std::int32_t> own;
  for (std::size_t i = begin; i < end; ++i) {
    const ExecutionStep& step = plan.steps[i];
    for (const std::int32_t value : step.inputs) {
      if (std::find(own.begin(), own.end(), value) == own.end()) add_once(range.reads, value);
    }
    own.push_back(step.node);
    const auto last = last_reads.find(step.node);
    if (last != last_reads.end() && last->second >= end) range.gives.push_back(step.node);
  }
  return range;
}

}  // namespace

std::vector<StepRange> cut_plan(const ExecutionPlan& plan, const std::vector<std::size_t>& ends) {
  std::map<std::int32_t, std::size_t> last_reads;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const std::int32_t value : plan.steps[i].inputs) last_reads[value] = i;
  }
  for (const std::int32_t output : plan.outputs) last_reads[output] = plan.steps.size();
  std::vector<StepRange> ranges;
  std::size_t begin = 0;
  for (const std::size_t end : ends) {
    ranges.push_back(make_range(plan, begin, end, last_reads));
    begin = end;
  }
  return ranges;
}

ExecutionPlan make_execution_plan(const Network& network, Phase phase) {
  return Planner(network).plan(output_nodes(network, phase));
}

}  // namespace nas
