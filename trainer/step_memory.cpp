#include <algorithm>
#include <limits>

#include "nas/operation.h"
#include "trainer/recompute_plan.h"

namespace nas {
namespace {

/// Moving an element through memory takes as long as so many multiply-accumulates.
constexpr std::int64_t kElementCost = 16;
constexpr std::size_t kNoStep = std::numeric_limits<std::size_t>::max();

std::size_t at(std::int32_t index) { return static_cast<std::size_t>(index); }

/// Gives its input, or a part of it, under another shape.
bool renames(const Node& node) {
  switch (node.op) {
    case Op::Flatten:
    case Op::Reshape:
    case Op::Slice:
      return true;
    case Op::Dropout:
    case Op::DropPath:
      return node.attributes.rate == 0;
    default:
      return false;
  }
}

void add_once(std::vector<std::size_t>& values, std::size_t value) {
  if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(value);
}

class Measurer {
 public:
  Measurer(const Network& network, const ExecutionPlan& plan)
      : network_(network), holder_(network.nodes.size(), kNoStep), gradient_(network.nodes.size(), false) {
    for (std::size_t i = 0; i < plan.steps.size(); ++i) steps_.push_back(measure(plan.steps[i], i));
    for (const std::int32_t output : plan.outputs) {
      if (holder_[at(output)] != kNoStep) steps_[holder_[at(output)]].is_output = true;
    }
  }
  std::vector<StepMemory> steps() { return std::move(steps_); }

 private:
  StepMemory measure(const ExecutionStep& step, std::size_t i) {
    const Node& node = network_.nodes[at(step.node)];
    const Operation& row = operation(node.op);
    std::vector<Shape> shapes;
    bool gradient = false;
    std::int64_t moved = node.shape.elements();
    StepMemory here;
    for (const std::int32_t input : step.inputs) {
      shapes.push_back(network_.shape_of(input));
      moved += shapes.back().elements();
      gradient = gradient || gradient_[at(input)];
      if (holder_[at(input)] != kNoStep) add_once(here.reads, holder_[at(input)]);
    }
    const bool renamed = renames(node) && !here.reads.empty();
    holder_[at(step.node)] = renamed ? here.reads.front() : i;
    // A sum has lost its zero summands, so the plan's inputs are fewer than the node's.
    const bool learns = node.op != Op::Zero && row.params(node.attributes, shapes) > 0;
    gradient_[at(step.node)] = gradient || learns;
    if (renamed) return here;
    here.bytes = node.shape.elements() * kBytesPerElement;
    here.work_bytes = moved * kBytesPerElement;
    here.cost = moved * kElementCost + (node.op == Op::Zero ? 0 : row.macs(node.attributes, shapes, node.shape));
    if (!gradient_[at(step.node)]) return here;
    if (row.keeps.inputs) here.keeps = here.reads;
    if (row.keeps.output) add_once(here.keeps, i);
    here.extra_bytes = row.keeps.extra_bytes_per_element * node.shape.elements();
    return here;
  }

  const Network& network_;
  std::vector<std::size_t> holder_;  // by value: the step whose memory it is in
  std::vector<bool> gradient_;       // by value: something up to it has weights
  std::vector<StepMemory> steps_;
};

}  // namespace

std::vector<StepMemory> step_memory(const Network& network, const ExecutionPlan& plan) {
  return Measurer(network, plan).steps();
}

}  // namespace nas
