// Gradients of the operations that are more than one function of torch's, in float64 against
// central differences, and what acts in training alone.
#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include "nas/operation.h"
#include "trainer/layer.h"

namespace nas {
namespace {

constexpr std::int64_t kBatch = 3;

struct Case {
  Op op;
  Attributes attributes;
  Shape input;
};

std::vector<std::int64_t> sizes_of(const Shape& shape) {
  std::vector<std::int64_t> sizes = {kBatch, shape.channels};
  for (std::size_t axis = 0; axis < shape.dims; ++axis) sizes.push_back(shape.size[axis]);
  return sizes;
}

Layer build(const Case& c) {
  Network network = make_network(c.input);
  const std::int32_t index = add_node(network, c.op, c.attributes, {0}).value();
  LayerContext context{
      network.nodes[static_cast<std::size_t>(index)], {c.input}, Rng(1, 1, Stream::Initialisation), at::kCPU};
  return layer_rows()[static_cast<std::size_t>(c.op)].build(context);
}

/// Same random numbers each time it runs.
at::Tensor run(const Layer& layer, const at::Tensor& x, Mode mode) {
  at::manual_seed(7);
  return layer.forward(std::span(&x, 1), Pass{mode, kBatch, false});
}

void check_gradient(const Case& c) {
  const Layer layer = build(c);
  const auto options = at::TensorOptions().dtype(at::kDouble);
  at::manual_seed(1);
  const at::Tensor x = at::randn(sizes_of(c.input), options).requires_grad_(true);
  const at::Tensor direction = at::randn(sizes_of(c.input), options);
  const at::Tensor y = run(layer, x, Mode::Training);
  const at::Tensor weights = at::randn(y.sizes(), options);
  y.backward(weights);
  const double expected = (x.grad() * direction).sum().item<double>();

  constexpr double kStep = 1e-6;
  const at::Tensor above = run(layer, x.detach() + kStep * direction, Mode::Training);
  const at::Tensor below = run(layer, x.detach() - kStep * direction, Mode::Training);
  const double measured = ((above - below) * weights).sum().item<double>() / (2 * kStep);
  EXPECT_NEAR(measured, expected, 1e-7 * (1 + std::abs(expected))) << operation(c.op).name << to_string(c.input);
  EXPECT_NE(expected, 0) << operation(c.op).name;
}

TEST(LayerGradients, AreThoseOfTheForwardPass) {
  for (const Shape& input : {Shape{4, 1, {6, 1, 1}}, Shape{4, 2, {6, 5, 1}}, Shape{4, 3, {3, 4, 2}}}) {
    const std::int32_t axes = static_cast<std::int32_t>(input.dims);
    const Axes low{-1, axes > 1 ? 2 : 0, axes > 2 ? -1 : 0};
    check_gradient({Op::ChannelShuffle, {.groups = 2}, input});
    check_gradient({Op::Slice, {.channels = 2, .start = 1}, input});
    check_gradient({Op::Reshape, {.channels = input.elements() / 2, .size = {2, 0, 0}}, input});
    check_gradient({Op::Pad, {.pad_low = low, .pad_high = {2, 0, 0}}, input});
    check_gradient({Op::DropPath, {.rate = 0.4}, input});
    check_gradient({Op::LayerNorm, {.affine = false}, input});
    check_gradient({Op::GlobalMaxPool, {}, input});
  }
}

TEST(DropPath, DropsWholeExamplesInTrainingAlone) {
  const Shape shape{2, 1, {3, 1, 1}};
  const Layer layer = build({Op::DropPath, {.rate = 0.25}, shape});
  const at::Tensor ones = at::ones({4000, 2, 3});
  const auto forward = [&](Mode mode) { return layer.forward(std::span(&ones, 1), Pass{mode, 4000, false}); };
  EXPECT_TRUE(forward(Mode::Evaluation).equal(ones));
  at::manual_seed(3);
  const at::Tensor y = forward(Mode::Training).reshape({4000, 6});
  EXPECT_TRUE(y.amax(1).equal(y.amin(1))) << "an example is dropped as a whole";
  // The share's deviation is sqrt(0.25 * 0.75 / 4000) = 0.7%.
  EXPECT_NEAR(y.select(1, 0).eq(0).sum().item<double>() / 4000, 0.25, 0.03);
  EXPECT_FLOAT_EQ(y.max().item<float>(), 1 / 0.75F);
}

TEST(DropPath, OfRateZeroDropsNothing) {
  const Layer layer = build({Op::DropPath, {}, Shape{2, 0}});
  const at::Tensor ones = at::ones({kBatch, 2});
  EXPECT_TRUE(run(layer, ones, Mode::Training).equal(ones));
}

}  // namespace
}  // namespace nas
