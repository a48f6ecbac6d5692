#include "trainer/torch_network.h"

#include <algorithm>
#include <utility>

#include "nas/check.h"
#include "trainer/recompute.h"

namespace nas {

namespace {

LayerContext context_of(const Network& network, std::int32_t index, std::uint64_t seed, at::Device device) {
  const Node& node = network.nodes[static_cast<std::size_t>(index)];
  std::vector<Shape> inputs;
  for (const std::int32_t input : node.inputs) inputs.push_back(network.shape_of(input));
  return {node, std::move(inputs), Rng(seed, static_cast<std::uint64_t>(index), Stream::Initialisation), device};
}

bool has_shape(const at::Tensor& tensor, std::int64_t batch, const Shape& shape) {
  if (tensor.dim() != static_cast<std::int64_t>(shape.dims) + 2 || tensor.size(0) != batch) return false;
  if (tensor.size(1) != shape.channels) return false;
  for (std::size_t axis = 0; axis < shape.dims; ++axis) {
    if (tensor.size(static_cast<std::int64_t>(axis) + 2) != shape.size[axis]) return false;
  }
  return true;
}

}  // namespace

TorchNetwork::TorchNetwork(const Network& network, std::uint64_t seed, at::Device device)
    : training_(make_execution_plan(network, Phase::Training)),
      evaluation_(make_execution_plan(network, Phase::Inference)),
      values_(network.nodes.size()) {
  for (const ExecutionPlan* plan : {&training_, &evaluation_}) {
    for (const ExecutionStep& step : plan->steps) {
      if (layers_.contains(step.node)) continue;
      LayerContext context = context_of(network, step.node, seed, device);
      const LayerRow& row = layer_rows()[static_cast<std::size_t>(context.node.op)];
      const Op op = context.node.op;
      const bool draws = (op == Op::Dropout || op == Op::DropPath) && context.node.attributes.rate > 0;
      layers_.emplace(step.node, PlacedLayer{context.node.shape, draws, row.build(context)});
    }
  }
}

at::Tensor TorchNetwork::forward(const at::Tensor& input, Mode mode) const { return forward_all(input, mode).front(); }

void TorchNetwork::recompute(const RecomputePlan& plan) {
  std::vector<std::size_t> ends;
  for (const Segment& segment : plan) ends.push_back(segment.end);
  const std::vector<StepRange> ranges = cut_plan(training_, ends);
  ranges_.clear();
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    const StepRange& range = ranges[i];
    ranges_.push_back({range, plan[i].recompute, false});
    for (std::size_t s = range.begin; plan[i].recompute && s < range.end; ++s) {
      ExecutionStep& step = training_.steps[s];
      ranges_.back().draws = ranges_.back().draws || layers_.at(step.node).draws;
      // The second run needs the segment's inputs as they were.
      const bool from_outside =
          !step.inputs.empty() && std::ranges::find(range.reads, step.inputs.front()) != range.reads.end();
      step.overwrite_first = step.overwrite_first && !from_outside;
    }
  }
}

void TorchNetwork::run_steps(const ExecutionPlan& plan, std::size_t begin, std::size_t end, const Pass& pass,
                             Values& values, const std::function<bool()>& complete) const {
  std::vector<at::Tensor> inputs;
  for (std::size_t i = begin; i < end; ++i) {
    if (complete && complete()) return;
    const ExecutionStep& step = plan.steps[i];
    const PlacedLayer& placed = layers_.at(step.node);
    inputs.clear();
    for (const std::int32_t value : step.inputs) inputs.push_back(values[static_cast<std::size_t>(value)]);
    // Memory is let go here unless backward needs it.
    for (const std::int32_t value : step.last_use) values[static_cast<std::size_t>(value)].reset();
    at::Tensor& result = values[static_cast<std::size_t>(step.node)];
    Pass here = pass;
    here.overwrite_first = step.overwrite_first;
    result = placed.layer.forward(inputs, here);
    NAS_CHECK(has_shape(result, pass.batch, placed.shape),
              "torch and the graph disagree on the shape of " + to_string(placed.shape));
  }
}

void TorchNetwork::run_again_later(const RecomputedRange& part, const Pass& pass, Values& values) const {
  const StepRange& range = part.range;
  const SegmentFunction run = [this, &range, pass](const std::vector<at::Tensor>& reads, Run which,
                                                   const std::function<bool()>& complete) {
    Values own(values_);
    for (std::size_t i = 0; i < reads.size(); ++i) own[static_cast<std::size_t>(range.reads[i])] = reads[i];
    Pass here = pass;
    here.again = which == Run::Again;
    run_steps(training_, range.begin, range.end, here, own, complete);
    std::vector<at::Tensor> gives;
    for (const std::int32_t value : range.gives) gives.push_back(own[static_cast<std::size_t>(value)]);
    return gives;
  };
  std::vector<at::Tensor> reads;
  for (const std::int32_t value : range.reads) reads.push_back(values[static_cast<std::size_t>(value)]);
  std::vector<at::Tensor> gives = run_recomputed(run, reads, part.draws ? Draws::RandomNumbers : Draws::Nothing);
  for (std::size_t i = 0; i < gives.size(); ++i) {
    values[static_cast<std::size_t>(range.gives[i])] = std::move(gives[i]);
  }
  for (std::size_t i = range.begin; i < range.end; ++i) {
    for (const std::int32_t value : training_.steps[i].last_use) values[static_cast<std::size_t>(value)].reset();
  }
}

std::vector<at::Tensor> TorchNetwork::forward_all(const at::Tensor& input, Mode mode) const {
  const ExecutionPlan& plan = plan_of(mode);
  Pass pass{.mode = mode, .batch = input.size(0), .drop_path = drop_path_factor_};
  if (mode == Mode::Training) {
    pass.share = share_;
    pass.synchronise = synchronise_;
  }
  Values values(values_);
  values[0] = input;
  if (mode != Mode::Training || ranges_.empty()) {
    run_steps(plan, 0, plan.steps.size(), pass, values, {});
  } else {
    for (const RecomputedRange& part : ranges_) {
      if (part.recompute) run_again_later(part, pass, values);
      if (!part.recompute) run_steps(plan, part.range.begin, part.range.end, pass, values, {});
    }
  }
  std::vector<at::Tensor> outputs;
  for (const std::int32_t value : plan.outputs) outputs.push_back(values[static_cast<std::size_t>(value)]);
  return outputs;
}

std::vector<NamedTensor> TorchNetwork::parameters() const {
  std::vector<NamedTensor> all;
  for (const auto& [node, placed] : layers_) {
    all.insert(all.end(), placed.layer.parameters.begin(), placed.layer.parameters.end());
  }
  return all;
}

std::vector<NamedTensor> TorchNetwork::buffers() const {
  std::vector<NamedTensor> all;
  for (const auto& [node, placed] : layers_) {
    all.insert(all.end(), placed.layer.buffers.begin(), placed.layer.buffers.end());
  }
  return all;
}

}  // namespace nas
