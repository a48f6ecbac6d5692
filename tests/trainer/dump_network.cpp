// Test tool: answers requests (JSON, one a line) on its standard input.
// {"network", "batch"}: builds it as a torch module, fills weights, statistics and input by a
// formula that the Python side repeats, answers outputs, gradients and statistics.
// {"network", "seed", "data"}: answers initial weights and which images are in which part.
#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <cmath>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include "nas/network_json.h"
#include "nas/operation.h"
#include "trainer/data/data_format.h"
#include "trainer/data_options.h"
#include "trainer/data_split.h"
#include "trainer/torch_network.h"

namespace {

using nlohmann::json;

/// What tests/trainer/layers_test.py computes for the same name.
double formula(const std::string& name, std::int64_t i) {
  std::uint32_t key = 0;
  for (const char c : name) key = (key * 31 + static_cast<unsigned char>(c)) % 9973;
  const double wave = std::sin(0.7 * static_cast<double>(i) + static_cast<double>(key));
  return name.ends_with("running_var") ? 1.2 + 0.5 * wave : 0.6 * wave;
}

/// In the order of contiguous memory, whatever the tensor's own layout.
void fill(const std::string& name, const at::Tensor& tensor) {
  const at::NoGradGuard no_grad;
  at::Tensor values = at::empty(tensor.sizes(), at::kFloat);
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    values.mutable_data_ptr<float>()[i] = static_cast<float>(formula(name, i));
  }
  tensor.copy_(values);
}

json numbers(const at::Tensor& tensor) {
  const at::Tensor flat = tensor.detach().contiguous();
  const float* const data = flat.const_data_ptr<float>();
  return std::vector<float>(data, data + flat.numel());
}

json dump(const nas::Network& network, std::int64_t batch) {
  const nas::TorchNetwork module(network, 1, at::kCPU);
  std::vector<std::int64_t> sizes = {batch, network.nodes[0].shape.channels};
  for (std::size_t axis = 0; axis < network.nodes[0].shape.dims; ++axis) {
    sizes.push_back(network.nodes[0].shape.size[axis]);
  }
  at::Tensor input = at::empty(sizes, at::kFloat);
  fill("input", input);
  if (input.dim() == 4) input = input.contiguous(at::MemoryFormat::ChannelsLast);
  input.requires_grad_(true);
  for (const auto& [name, tensor] : module.parameters()) fill(name, tensor);
  for (const auto& [name, tensor] : module.buffers()) fill(name, tensor);

  json result;
  result["shapes"] = nas::network_to_json(network)["nodes"];
  const nas::Cost cost = nas::count_cost(network);
  const nas::MemoryCost memory = nas::count_memory(network, batch);
  result["cost"] = {{"params", cost.params}, {"macs", cost.macs}, {"training_bytes", memory.training_bytes}};
  {
    const at::NoGradGuard no_grad;
    result["evaluation"] = numbers(module.forward(input, nas::Mode::Evaluation));
  }
  const at::Tensor output = module.forward(input, nas::Mode::Training);
  result["training"] = numbers(output);
  at::Tensor seed = at::empty(output.sizes(), at::kFloat);
  fill("gradient", seed);
  if (output.requires_grad()) output.backward(seed);
  result["gradients"] = json::object();
  if (input.grad().defined()) result["gradients"]["input"] = numbers(input.grad());
  for (const auto& [name, tensor] : module.parameters()) {
    // Only the output's gradients are asked for, not those of exits.
    if (tensor.grad().defined()) result["gradients"][name] = numbers(tensor.grad());
  }
  result["buffers"] = json::object();
  for (const auto& [name, tensor] : module.buffers()) result["buffers"][name] = numbers(tensor);
  return result;
}

json dump_start(const nas::Network& network, std::uint64_t seed, const json& data) {
  json result;
  result["shapes"] = nas::network_to_json(network)["nodes"];
  for (const auto& [name, tensor] : nas::TorchNetwork(network, seed, at::kCPU).parameters()) {
    result["initial"][name] = numbers(tensor);
  }
  nas::DataOptions options;
  (void)nas::options_from_json(nas::options(options), data).value();
  const nas::DataFacts facts = nas::inspect_data(options).value();
  const nas::DataSplit split = nas::split_set(facts, nas::describe_parts(options, facts).value(),
                                              static_cast<std::uint64_t>(options.split_seed));
  result["train"] = split.train;
  result["validation"] = split.validation;
  return result;
}

}  // namespace

int main(int argc, char**) {
  if (argc > 1) {  // --operations: all of them, and what training keeps
    json rows = json::object();
    for (const nas::Operation& row : nas::operations()) {
      rows[std::string(row.name)] = {row.keeps.inputs, row.keeps.output, row.keeps.extra_bytes_per_element};
    }
    std::cout << rows.dump() << "\n";
    return 0;
  }
  std::string line;
  while (std::getline(std::cin, line)) {
    const json request = json::parse(line);
    const auto network = nas::network_from_json(request["network"]);
    if (!network) {
      std::cerr << network.error().message << "\n";
      return 1;
    }
    const json answer = request.contains("data")
                            ? dump_start(*network, request["seed"].get<std::uint64_t>(), request["data"])
                            : dump(*network, request["batch"].get<std::int64_t>());
    std::cout << answer.dump() << std::endl;
  }
  return 0;
}
