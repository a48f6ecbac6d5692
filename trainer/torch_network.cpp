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
    : values_(network.nodes.size()) {
  ExecutionPlan plan = make_execution_plan(network);
  output_ = plan.output;
  for (ExecutionStep& step : plan.steps) {
    LayerContext context = context_of(network, step.node, seed, device);
    const LayerRow& row = layer_rows()[static_cast<std::size_t>(context.node.op)];
    const Shape shape = context.node.shape;
    layers_.push_back({std::move(step), shape, row.build(context)});
  }
}

at::Tensor TorchNetwork::forward(const at::Tensor& input, Mode mode) const {
  std::vector<at::Tensor> values(values_);
  values[0] = input;
  std::vector<at::Tensor> inputs;
  for (const PlacedLayer& placed : layers_) {
    inputs.clear();
    for (const std::int32_t value : placed.step.inputs) inputs.push_back(values[static_cast<std::size_t>(value)]);
    // Memory is let go here unless backward needs it.
    for (const std::int32_t value : placed.step.last_use) values[static_cast<std::size_t>(value)].reset();
    at::Tensor& result = values[static_cast<std::size_t>(placed.step.node)];
    result = placed.layer.forward(inputs, {mode, input.size(0), placed.step.overwrite_first});
    NAS_CHECK(has_shape(result, input.size(0), placed.shape),
              "torch and the graph disagree on the shape of " + to_string(placed.shape));
  }
  return values[static_cast<std::size_t>(output_)];
}

std::vector<NamedTensor> TorchNetwork::parameters() const {
  std::vector<NamedTensor> all;
  for (const PlacedLayer& placed : layers_) {
    all.insert(all.end(), placed.layer.parameters.begin(), placed.layer.parameters.end());
  }
  return all;
}

std::vector<NamedTensor> TorchNetwork::buffers() const {
  std::vector<NamedTensor> all;
  for (const PlacedLayer& placed : layers_) {
    all.insert(all.end(), placed.layer.buffers.begin(), placed.layer.buffers.end());
  }
  return all;
}

}  // namespace nas
