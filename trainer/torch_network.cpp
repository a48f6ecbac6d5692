#include "trainer/torch_network.h"

#include "nas/check.h"

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
      layers_.emplace(step.node, PlacedLayer{context.node.shape, row.build(context)});
    }
  }
}

at::Tensor TorchNetwork::forward(const at::Tensor& input, Mode mode) const { return forward_all(input, mode).front(); }

std::vector<at::Tensor> TorchNetwork::forward_all(const at::Tensor& input, Mode mode) const {
  std::vector<at::Tensor> values(values_);
  values[0] = input;
  std::vector<at::Tensor> inputs;
  for (const ExecutionStep& step : plan_of(mode).steps) {
    const PlacedLayer& placed = layers_.at(step.node);
    inputs.clear();
    for (const std::int32_t value : step.inputs) inputs.push_back(values[static_cast<std::size_t>(value)]);
    // Memory is let go here unless backward needs it.
    for (const std::int32_t value : step.last_use) values[static_cast<std::size_t>(value)].reset();
    at::Tensor& result = values[static_cast<std::size_t>(step.node)];
    result = placed.layer.forward(inputs, {mode, input.size(0), step.overwrite_first, drop_path_factor_});
    NAS_CHECK(has_shape(result, input.size(0), placed.shape),
              "torch and the graph disagree on the shape of " + to_string(placed.shape));
  }
  std::vector<at::Tensor> outputs;
  for (const std::int32_t value : plan_of(mode).outputs) outputs.push_back(values[static_cast<std::size_t>(value)]);
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
