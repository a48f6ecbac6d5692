#include "tests/trainer/trainable.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randn_like.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numeric>

#include "nas/operation.h"
#include "trainer/optimizer.h"
#include "trainer/torch_network.h"

namespace nas {
namespace {

constexpr std::int64_t kBatch = 2;
constexpr double kLearningRate = 0.01;

std::vector<std::int64_t> tensor_sizes(const Shape& shape) {
  std::vector<std::int64_t> sizes = {kBatch, shape.channels};
  sizes.insert(sizes.end(), shape.size.begin(), shape.size.begin() + shape.dims);
  return sizes;
}

std::int64_t params_of(const Network& network, const Node& node) {
  std::vector<Shape> inputs;
  for (const std::int32_t input : node.inputs) inputs.push_back(network.shape_of(input));
  return operation(node.op).params(node.attributes, inputs);
}

/// Learnt numbers by the name of their node.
std::map<std::string, std::int64_t> numbers_by_node(const std::vector<NamedTensor>& parameters) {
  std::map<std::string, std::int64_t> numbers;
  for (const NamedTensor& parameter : parameters) {
    numbers[parameter.name.substr(0, parameter.name.rfind('.'))] += parameter.tensor.numel();
  }
  return numbers;
}

/// The module has what each row of the table says, and all of it but auxiliary heads is together
/// what `count_cost` says. REQUIRES: nothing is unused.
void expect_counted(const Network& network, const std::vector<NamedTensor>& parameters) {
  const std::map<std::string, std::int64_t> numbers = numbers_by_node(parameters);
  const std::vector<bool> counted = used_nodes(network, output_nodes(network, Phase::Inference));
  std::int64_t total = 0;
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const auto found = numbers.find(node.name);
    const std::int64_t learnt = found == numbers.end() ? 0 : found->second;
    EXPECT_EQ(learnt, params_of(network, node)) << node.name;
    total += counted[i] ? learnt : 0;
  }
  EXPECT_EQ(total, count_cost(network).params);
}

at::Tensor loss_of(const Network& network, const std::vector<at::Tensor>& outputs) {
  const std::vector<std::int32_t> nodes = output_nodes(network, Phase::Training);
  EXPECT_EQ(outputs.size(), nodes.size());
  at::Tensor loss;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    EXPECT_EQ(outputs[i].sizes().vec(), tensor_sizes(network.shape_of(nodes[i])));
    const at::Tensor one = at::mse_loss(outputs[i], at::randn_like(outputs[i]));
    loss = loss.defined() ? loss + one : one;
  }
  return loss;
}

/// Each tensor after the step is the one before it less the rate times its gradient.
void expect_step(const std::vector<NamedTensor>& parameters) {
  std::vector<at::Tensor> before;
  std::vector<at::Tensor> gradients;
  for (const NamedTensor& parameter : parameters) {
    before.push_back(parameter.tensor.detach().clone());
    gradients.push_back(parameter.tensor.grad().clone());
  }
  const TrainingOptions plain{.momentum = 0, .nesterov = false, .weight_decay = 0};
  make_optimizer(parameters, plain)->step(kLearningRate, {});
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    const at::Tensor after = parameters[i].tensor.detach();
    EXPECT_TRUE(after.allclose(before[i] - kLearningRate * gradients[i], 1e-5, 1e-7)) << parameters[i].name;
    if (gradients[i].abs().max().item<double>() > 1e-3) {
      EXPECT_FALSE(after.equal(before[i])) << parameters[i].name << " did not change";
    }
  }
}

}  // namespace

void expect_trainable(const Network& network, std::uint64_t seed) {
  at::set_num_threads(1);  // these tensors are too small to share
  at::manual_seed(seed);
  const TorchNetwork module(network, seed, at::kCPU);
  const std::vector<NamedTensor> parameters = module.parameters();
  ASSERT_FALSE(parameters.empty());
  const Network pruned = remove_unused(network).value();
  const bool whole = pruned.nodes.size() == network.nodes.size();
  expect_counted(pruned, whole ? parameters : TorchNetwork(pruned, seed, at::kCPU).parameters());

  // forward_all compares the shape of every node's tensor with the inferred one.
  const at::Tensor input = at::randn(tensor_sizes(network.nodes.front().shape));
  const at::Tensor loss = loss_of(network, module.forward_all(input, Mode::Training));
  ASSERT_TRUE(std::isfinite(loss.item<double>())) << "loss " << loss.item<double>();
  loss.backward();
  std::size_t flowing = 0;
  for (const NamedTensor& parameter : parameters) {
    const at::Tensor gradient = parameter.tensor.grad();
    ASSERT_TRUE(gradient.defined()) << parameter.name << " has no gradient";
    ASSERT_TRUE(gradient.isfinite().all().item<bool>()) << "gradient of " << parameter.name;
    flowing += gradient.ne(0).any().item<bool>() ? 1U : 0U;
  }
  // Some may be 0: batch norm of two values loses what comes before it, and ReLUs may all be off.
  EXPECT_GT(2 * flowing, parameters.size()) << "most gradients are 0";
  expect_step(parameters);
}

}  // namespace nas
