#include "trainer/layer.h"

#include <ATen/ops/ones.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "nas/operation.h"
#include "trainer/torch_network.h"

namespace nas {
namespace {

TEST(LayerRows, EveryOperationHasOneBuilderInItsPlace) {
  ASSERT_EQ(layer_rows().size(), operations().size());
  for (std::size_t i = 0; i < layer_rows().size(); ++i) {
    EXPECT_EQ(layer_rows()[i].op, operations()[i].op) << operations()[i].name;
    EXPECT_NE(layer_rows()[i].build, nullptr) << operations()[i].name;
  }
}

Network conv_and_linear() {
  Network network = make_network({.channels = 3, .dims = 2, .size = {8, 8, 1}});
  const Attributes conv{.channels = 64, .bias = true, .kernel = {3, 3, 1}};
  const Attributes linear{.channels = 10, .bias = true};
  auto node = add_node(network, Op::Conv, conv, {0}, "conv").value();
  node = add_node(network, Op::BatchNorm, {}, {node}, "norm").value();
  node = add_node(network, Op::Linear, linear, {node}, "linear").value();
  return network;
}

at::Tensor find(const std::vector<NamedTensor>& tensors, const std::string& name) {
  for (const NamedTensor& named : tensors) {
    if (named.name == name) return named.tensor.detach();
  }
  ADD_FAILURE() << name << " is not there";
  return {};
}

TEST(TorchNetwork, HoldsAsManyWeightsAsAreCounted) {
  const Network network = conv_and_linear();
  std::int64_t weights = 0;
  for (const NamedTensor& parameter : TorchNetwork(network, 1, at::kCPU).parameters()) {
    EXPECT_TRUE(parameter.tensor.requires_grad()) << parameter.name;
    weights += parameter.tensor.numel();
  }
  EXPECT_EQ(weights, count_cost(network).params);
}

TEST(TorchNetwork, DrawsItsWeightsAsDocumented) {
  const auto parameters = TorchNetwork(conv_and_linear(), 1, at::kCPU).parameters();
  // 64 x 3 x 3 x 3 normal numbers of deviation sqrt(2 / (64 * 9)); the error of a sample's
  // deviation is 1 / sqrt(2 n), 1.7% here.
  const at::Tensor conv = find(parameters, "conv.weight");
  EXPECT_NEAR(conv.std().item<double>() / std::sqrt(2.0 / (64 * 9)), 1, 0.06);
  EXPECT_NEAR(conv.mean().item<double>() / std::sqrt(2.0 / (64 * 9)), 0, 0.08);
  EXPECT_EQ(find(parameters, "conv.bias").abs().max().item<float>(), 0);
  const at::Tensor linear = find(parameters, "linear.weight");
  const double bound = 1 / std::sqrt(64.0 * 6 * 6);
  EXPECT_LE(linear.abs().max().item<double>(), bound * 1.000001);
  EXPECT_NEAR(linear.std().item<double>(), bound / std::sqrt(3.0), bound * 0.02);
  EXPECT_EQ(find(parameters, "norm.weight").min().item<float>(), 1);
}

TEST(TorchNetwork, WeightsAreAFunctionOfTheSeed) {
  const auto weights = [](std::uint64_t seed) {
    return find(TorchNetwork(conv_and_linear(), seed, at::kCPU).parameters(), "conv.weight");
  };
  EXPECT_TRUE(weights(1).equal(weights(1)));
  EXPECT_FALSE(weights(1).equal(weights(2)));
}

TEST(TorchNetwork, DropoutActsInTrainingAlone) {
  Network network = make_network({.channels = 1000, .dims = 0});
  ASSERT_TRUE(add_node(network, Op::Dropout, {.rate = 0.25}, {0}).ok());
  const TorchNetwork module(network, 1, at::kCPU);
  const at::Tensor ones = at::Tensor(TorchNetwork(conv_and_linear(), 1, at::kCPU).parameters()[2].tensor.detach())
                              .narrow(0, 0, 1)
                              .expand({8, 1000});
  EXPECT_TRUE(module.forward(ones, Mode::Evaluation).equal(ones));
  const at::Tensor dropped = module.forward(ones, Mode::Training);
  EXPECT_NEAR(dropped.eq(0).sum().item<double>() / 8000, 0.25, 0.03);
  EXPECT_FLOAT_EQ(dropped.max().item<float>(), 1 / 0.75F);
}

TEST(TorchNetwork, DropPathDropsWholeExamplesByItsRateTimesTheFactor) {
  Network network = make_network({.channels = 3, .dims = 0});
  ASSERT_TRUE(add_node(network, Op::DropPath, {.rate = 0.5}, {0}).ok());
  TorchNetwork module(network, 1, at::kCPU);
  const at::Tensor ones = at::ones({4000, 3});
  const auto kept = [&](double factor) {
    module.set_drop_path_factor(factor);
    const at::Tensor result = module.forward(ones, Mode::Training);
    EXPECT_TRUE(result.select(1, 0).equal(result.select(1, 2))) << "an example is dropped as a whole";
    EXPECT_NEAR(result.max().item<double>(), 1 / (1 - 0.5 * factor), 1e-6);
    return result.select(1, 0).gt(0).to(at::kDouble).mean().item<double>();
  };
  EXPECT_NEAR(kept(1), 0.5, 0.04);
  EXPECT_NEAR(kept(0.5), 0.75, 0.04);
  EXPECT_EQ(kept(0), 1);
  EXPECT_TRUE(module.forward(ones, Mode::Evaluation).equal(ones));
}

}  // namespace
}  // namespace nas
