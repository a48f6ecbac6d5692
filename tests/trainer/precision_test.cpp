#include "trainer/precision.h"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "nas/operation.h"

namespace nas {
namespace {

constexpr Shape kImage{.channels = 3, .dims = 2, .size = {6, 6, 1}};

Attributes attributes_of(Op op) {
  switch (op) {
    case Op::Conv:
    case Op::ConvTranspose:
      return {.channels = 8, .bias = true, .kernel = {3, 3, 1}, .pad_low = {1, 1, 0}, .pad_high = {1, 1, 0}};
    case Op::Linear:
      return {.channels = 5, .bias = true};
    case Op::MaxPool:
    case Op::AveragePool:
      return {.kernel = {2, 2, 1}, .stride = {2, 2, 1}};
    case Op::AdaptiveAveragePool:
    case Op::AdaptiveMaxPool:
      return {.size = {2, 3, 0}};
    case Op::GroupNorm:
    case Op::ChannelShuffle:
      return {.groups = 2};
    case Op::Slice:
      return {.channels = 4, .start = 2};
    case Op::Upsample:
      return {.scale = {2, 2, 1}, .linear = true};
    case Op::Pad:
      return {.pad_low = {1, 2, 0}};
    case Op::Reshape:
      return {.channels = 4, .size = {6, 12, 0}};
    case Op::Dropout:
    case Op::DropPath:
      return {.rate = 0.2};
    default:
      return {};
  }
}

/// A convolution, the operation on its output, and a classifier; sums of both where it takes several tensors.
Network network_with(Op op) {
  Network network = make_network(kImage);
  const Attributes conv{.channels = 8, .kernel = {3, 3, 1}, .pad_low = {1, 1, 0}, .pad_high = {1, 1, 0}};
  const std::int32_t first = add_node(network, Op::Conv, conv, {0}).value();
  const std::int32_t second = add_node(network, Op::Conv, conv, {first}).value();
  const bool joins = operation(op).arity == Arity::Many;
  const auto inputs = joins ? std::vector{second, first} : std::vector{second};
  const std::int32_t node = add_node(network, op, attributes_of(op), inputs).value();
  const std::int32_t sum = op == Op::Zero ? add_node(network, Op::Add, {}, {node, second}).value() : node;
  EXPECT_TRUE(add_node(network, Op::Linear, {.channels = 4, .bias = true}, {sum}).ok());
  return network;
}

at::Tensor images() {
  at::manual_seed(3);
  return at::randn({8, 3, 6, 6}).contiguous(at::MemoryFormat::ChannelsLast);
}

struct Step {
  at::Tensor output;
  std::vector<NamedTensor> parameters;
};

Step forward_and_backward(Op op, Precision precision) {
  const TorchNetwork network(network_with(op), 1, at::kCPU);
  const at::Tensor input = images();
  at::manual_seed(5);
  Step step{forward_in(precision, network, input, Mode::Training).front(), network.parameters()};
  step.output.pow(2).mean().backward();
  return step;
}

double largest(const at::Tensor& tensor) { return tensor.abs().max().item<double>(); }

TEST(Precision, EveryOperationTrainsInLowPrecision) {
  for (const Operation& row : operations()) {
    if (row.op == Op::Input) continue;
    const Step exact = forward_and_backward(row.op, Precision::Fp32);
    for (const Precision precision : {Precision::Bf16, Precision::Fp16}) {
      SCOPED_TRACE(std::string(row.name) + " " + std::string(to_string(precision)));
      const Step low = forward_and_backward(row.op, precision);
      EXPECT_EQ(low.output.scalar_type(), at::kFloat);
      const double error = largest(low.output - exact.output) / largest(exact.output);
      EXPECT_LT(error, 0.08);
      EXPECT_GT(error, 1e-6) << "the arithmetic was in float32";
      for (std::size_t i = 0; i < low.parameters.size(); ++i) {
        const at::Tensor gradient = low.parameters[i].tensor.grad();
        EXPECT_EQ(low.parameters[i].tensor.scalar_type(), at::kFloat) << "weights stay";
        EXPECT_EQ(gradient.scalar_type(), at::kFloat) << low.parameters[i].name;
        const at::Tensor wanted = exact.parameters[i].tensor.grad();
        EXPECT_LT((gradient - wanted).norm().item<double>(), 0.15 * wanted.norm().item<double>() + 1e-6)
            << low.parameters[i].name;
      }
    }
  }
}

TEST(AutocastGuard, LeavesNothingBehind) {
  const at::ScalarType type = at::autocast::get_autocast_dtype(at::kCPU);
  {
    const AutocastGuard guard(Precision::Fp16, at::kCPU);
    EXPECT_TRUE(at::autocast::is_autocast_enabled(at::kCPU));
    EXPECT_EQ(at::autocast::get_autocast_dtype(at::kCPU), at::kHalf);
  }
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  EXPECT_EQ(at::autocast::get_autocast_dtype(at::kCPU), type);
  const AutocastGuard none(Precision::Fp32, at::kCPU);
  EXPECT_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
}

TEST(ChoosePrecision, IsWhatWasAskedForWhereTheDeviceHasIt) {
  EXPECT_EQ(choose_precision("fp32", at::kCPU), Precision::Fp32);
  EXPECT_EQ(choose_precision("bf16", at::kCPU), Precision::Bf16);
  EXPECT_EQ(choose_precision("fp16", at::kCPU), Precision::Fp16);
  EXPECT_EQ(choose_precision("tf32", at::kCPU), Precision::Fp32) << "of CUDA devices alone";
  EXPECT_EQ(choose_precision("tf32", at::kCUDA), Precision::Tf32);
  const Precision automatic = choose_precision("auto", at::kCPU);
  EXPECT_TRUE(automatic == Precision::Bf16 || automatic == Precision::Fp32);
}

TEST(PrecisionNote, SaysWhatIsNotPlain) {
  EXPECT_FALSE(precision_note("fp32", Precision::Fp32));
  EXPECT_EQ(precision_note("bf16", Precision::Bf16), "trains in bf16");
  EXPECT_EQ(precision_note("tf32", Precision::Fp32), "trains in fp32 (precision tf32 on this device)");
  EXPECT_EQ(precision_note("auto", Precision::Bf16), "trains in bf16 (precision auto on this device)");
}

}  // namespace
}  // namespace nas
