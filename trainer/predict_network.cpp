#include "trainer/predict_network.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <numeric>

#include "nas/check.h"

namespace nas {
namespace {

at::Tensor indices(const std::vector<std::int64_t>& numbers, at::Device device) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kLong);
  std::copy(numbers.begin(), numbers.end(), tensor.mutable_data_ptr<std::int64_t>());
  return tensor.to(device);
}

/// A part of (batch, channels, sizes...), which is no copy.
at::Tensor narrowed(const at::Tensor& whole, const RegionBox& box) {
  at::Tensor part = whole;
  for (std::int64_t axis = 2; axis < whole.dim(); ++axis) {
    const PositionRange& range = box[static_cast<std::size_t>(axis - 2)];
    if (range.length() < whole.size(axis)) part = part.narrow(axis, range.begin, range.length());
  }
  return part;
}

}  // namespace

PredictNetwork::PredictNetwork(const Network& network, at::Device device)
    : network_(network),
      device_(device),
      plan_(make_execution_plan(network, Phase::Inference)),
      places_{0},
      values_(network.nodes.size()) {
  for (std::size_t i = 0; i < network.exits.size(); ++i) {
    if (!network.exits[i].auxiliary) places_.push_back(static_cast<std::int64_t>(i) + 1);
  }
  for (const ExecutionStep& step : plan_.steps) {
    const Node& node = network.nodes[static_cast<std::size_t>(step.node)];
    std::vector<Shape> inputs;
    for (const std::int32_t input : node.inputs) inputs.push_back(network.shape_of(input));
    layers_.emplace(step.node, build_layer(step.node, node.shape, std::move(inputs)));
  }
}

Layer PredictNetwork::build_layer(std::int32_t index, const Shape& output, std::vector<Shape> inputs) const {
  Node node = network_.nodes[static_cast<std::size_t>(index)];
  node.shape = output;
  LayerContext context{node, std::move(inputs), Rng(0, static_cast<std::uint64_t>(index), Stream::Initialisation),
                       device_};
  return layer_rows()[static_cast<std::size_t>(node.op)].build(context);
}

void PredictNetwork::prepare_part(const RegionBox& kept) {
  const auto same = [&](const Part& part) { return part.kept == kept; };
  if (std::any_of(parts_.begin(), parts_.end(), same)) return;
  Part part{kept, plan_regions(network_, plan_, kept), {}};
  if (part.plan) {
    for (const auto& [node, step] : part.plan->steps) {
      const Layer& layer = layers_.at(node);
      if (!layer.parameters.empty() || !layer.buffers.empty()) continue;
      part.layers.emplace(node, build_layer(node, step.output, step.inputs));
    }
  }
  parts_.push_back(std::move(part));
}

std::vector<NamedTensor> PredictNetwork::tensors() const {
  std::vector<NamedTensor> all;
  for (const auto& [node, layer] : layers_) {
    all.insert(all.end(), layer.parameters.begin(), layer.parameters.end());
    all.insert(all.end(), layer.buffers.begin(), layer.buffers.end());
  }
  return all;
}

PredictNetwork::Values PredictNetwork::start(const at::Tensor& input) const {
  Values values{std::vector<at::Tensor>(values_), input.size(0)};
  values.by_node[0] = input;
  return values;
}

void PredictNetwork::run_step(const ExecutionStep& step, Values& values, Mode mode, const Part* part) const {
  const Layer* layer = &layers_.at(step.node);
  std::vector<at::Tensor> inputs;
  for (const std::int32_t value : step.inputs) inputs.push_back(values.by_node[static_cast<std::size_t>(value)]);
  if (part != nullptr) {
    const RegionStep& region = part->plan->steps.at(step.node);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = narrowed(inputs[i], region.reads[i]);
    if (const auto own = part->layers.find(step.node); own != part->layers.end()) layer = &own->second;
  }
  for (const std::int32_t value : step.last_use) values.by_node[static_cast<std::size_t>(value)].reset();
  values.by_node[static_cast<std::size_t>(step.node)] =
      layer->forward(inputs, {mode, values.batch, step.overwrite_first});
}

at::Tensor PredictNetwork::forward(const at::Tensor& input, Mode mode) const {
  const at::NoGradGuard no_grad;
  Values values = start(input);
  for (const ExecutionStep& step : plan_.steps) run_step(step, values, mode);
  return values.by_node[static_cast<std::size_t>(plan_.outputs.front())];
}

at::Tensor PredictNetwork::forward_part(const at::Tensor& input, Mode mode, const RegionBox& kept) const {
  const at::NoGradGuard no_grad;
  const auto same = [&](const Part& part) { return part.kept == kept; };
  const auto part = std::find_if(parts_.begin(), parts_.end(), same);
  NAS_CHECK(part != parts_.end(), "a part of the output that was not prepared");
  if (!part->plan) return narrowed(forward(input, mode), kept);
  Values values = start(input);
  for (const ExecutionStep& step : plan_.steps) run_step(step, values, mode, &*part);
  return narrowed(values.by_node[static_cast<std::size_t>(plan_.outputs.front())], part->plan->kept);
}

/// The records that no exit was sure of yet, and what the others got.
struct PredictNetwork::Cascade {
  StoppedOutputs stopped;
  std::vector<std::int64_t> waiting;  // records of the batch

  /// Those of the waiting records' `scores` that are sure stop at `place`; the rows of the others.
  std::vector<std::int64_t> judge(const at::Tensor& scores, std::int64_t place, double confidence) {
    const at::Tensor flat = scores.flatten(1);
    if (!stopped.scores.defined()) {
      stopped.scores = at::empty({static_cast<std::int64_t>(waiting.size()), flat.size(1)}, flat.options());
      stopped.places.assign(waiting.size(), 0);
    }
    const at::Tensor sure = flat.softmax(1).amax(1).to(at::kCPU);
    std::vector<std::int64_t> rest_rows;
    std::vector<std::int64_t> rest;
    for (std::size_t row = 0; row < waiting.size(); ++row) {
      const auto index = static_cast<std::int64_t>(row);
      if (place != 0 && static_cast<double>(sure.const_data_ptr<float>()[row]) < confidence) {
        rest_rows.push_back(index);
        rest.push_back(waiting[row]);
        continue;
      }
      stopped.scores[waiting[row]].copy_(flat[index]);
      stopped.places[static_cast<std::size_t>(waiting[row])] = place;
    }
    waiting = std::move(rest);
    return rest_rows;
  }
};

StoppedOutputs PredictNetwork::forward_until_sure(const at::Tensor& input, double confidence) const {
  const at::NoGradGuard no_grad;
  Values values = start(input);
  Cascade cascade;
  cascade.waiting.resize(static_cast<std::size_t>(input.size(0)));
  std::iota(cascade.waiting.begin(), cascade.waiting.end(), std::int64_t{0});
  for (const ExecutionStep& step : plan_.steps) {
    run_step(step, values, Mode::Evaluation);
    // The output comes first in the plan: where it is an exit's value too, the exit is asked first.
    for (std::size_t i = plan_.outputs.size(); i-- > 0;) {
      if (plan_.outputs[i] != step.node || cascade.waiting.empty()) continue;
      const std::size_t before = cascade.waiting.size();
      const auto rows = cascade.judge(values.by_node[static_cast<std::size_t>(step.node)], places_[i], confidence);
      if (rows.empty()) return std::move(cascade.stopped);
      if (rows.size() == before) continue;
      const at::Tensor kept = indices(rows, input.device());
      values.batch = static_cast<std::int64_t>(rows.size());
      for (at::Tensor& value : values.by_node) {
        if (value.defined()) value = value.index_select(0, kept);
      }
    }
  }
  NAS_CHECK(cascade.waiting.empty(), "the output stops every record");
  return std::move(cascade.stopped);
}

}  // namespace nas
