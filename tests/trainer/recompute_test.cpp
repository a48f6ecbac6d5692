#include "trainer/recompute.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/randn.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "trainer/cpu_memory.h"
#include "trainer/torch_network.h"

namespace nas {
namespace {

constexpr std::int64_t kBatch = 4;
using Tensors = std::map<std::string, at::Tensor>;

class Builder {
 public:
  std::int32_t add(Op op, std::vector<std::int32_t> inputs, Attributes attributes = {}) {
    return add_node(network, op, attributes, std::move(inputs)).value();
  }
  std::int32_t conv(std::int32_t input) {
    return add(Op::Conv, {input}, {.channels = 6, .kernel = {3, 3, 1}, .pad_low = {1, 1, 0}, .pad_high = {1, 1, 0}});
  }
  std::int32_t head(std::int32_t input) {
    return add(Op::Linear, {add(Op::Flatten, {add(Op::GlobalAveragePool, {input})})}, {.channels = 3, .bias = true});
  }

  Network network = make_network({.channels = 2, .dims = 2, .size = {6, 6, 1}});
};

/// Values that many steps read, across any cut: random ones, running statistics, masks, an exit and
/// an auxiliary head, sums and activations that are written over.
Network make_knotted_network() {
  Builder b;
  const auto stem = b.conv(0);
  auto before = stem;
  auto last = b.add(Op::Relu, {b.add(Op::BatchNorm, {stem})});
  for (int cell = 0; cell < 3; ++cell) {
    const auto one = b.add(Op::Relu, {b.add(Op::BatchNorm, {b.conv(last)})});
    const auto two = b.add(Op::DropPath, {b.add(Op::Silu, {b.conv(before)})}, {.rate = 0.3});
    const auto three = b.add(Op::MaxPool, {last}, {.kernel = {3, 3, 1}, .pad_low = {1, 1, 0}, .pad_high = {1, 1, 0}});
    const auto gate = b.add(Op::Sigmoid, {b.add(Op::GlobalAveragePool, {one})});
    const auto sum = b.add(Op::Add, {one, two, three, stem});
    before = last;
    last = b.add(Op::Dropout,
                 {b.add(Op::Multiply, {b.add(Op::Relu, {sum}), b.add(Op::Upsample, {gate}, {.scale = {6, 6, 1}})})},
                 {.rate = 0.25});
    const auto out = b.head(last);
    const bool taken = cell > 1 || add_exit(b.network, {cell == 0 ? "early" : "helper", out, cell == 1, 0.5}).ok();
    EXPECT_TRUE(taken);
  }
  b.network.output = b.head(last);
  return b.network;
}

/// Outputs, gradients and running statistics of two steps without an update between them.
Tensors run_steps(const Network& network, const RecomputePlan& plan) {
  at::set_num_threads(1);
  TorchNetwork module(network, 5, at::kCPU);
  if (!plan.empty()) module.recompute(plan);
  at::manual_seed(11);
  Tensors seen;
  for (int step = 0; step < 2; ++step) {
    const at::Tensor input = at::randn({kBatch, 2, 6, 6});
    const std::vector<at::Tensor> outputs = module.forward_all(input, Mode::Training);
    at::Tensor loss = at::randn({});
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      seen["output" + std::to_string(step) + "." + std::to_string(i)] = outputs[i].detach().clone();
      loss = loss + (outputs[i] * at::randn(outputs[i].sizes())).sum() * (1.0 + static_cast<double>(i));
    }
    loss.backward();
    seen["next" + std::to_string(step)] = at::randn({3});  // the generator is where it was
  }
  for (const NamedTensor& parameter : module.parameters()) seen["d " + parameter.name] = parameter.tensor.grad();
  for (const NamedTensor& buffer : module.buffers()) seen[buffer.name] = buffer.tensor;
  return seen;
}

void expect_same(const Tensors& expected, const Tensors& seen, const std::string& what) {
  ASSERT_EQ(expected.size(), seen.size());
  for (const auto& [name, tensor] : expected) {
    ASSERT_TRUE(seen.at(name).defined()) << name;
    EXPECT_TRUE(tensor.equal(seen.at(name))) << name << " differs with " << what;
  }
}

TEST(Recompute, GivesTheSameBitsWhereverItIsCut) {
  const Network network = make_knotted_network();
  const Tensors plain = run_steps(network, {});
  EXPECT_GT(plain.size(), 30U);
  const std::size_t steps = make_execution_plan(network, Phase::Training).steps.size();
  for (std::size_t every = 1; every <= steps; every += every < 8 ? 1 : 5) {
    RecomputePlan plan = even_plan(steps, every);
    expect_same(plain, run_steps(network, plan), "segments of " + std::to_string(every));
    plan.back().recompute = true;
    expect_same(plain, run_steps(network, plan), "all segments of " + std::to_string(every));
    for (std::size_t i = 0; i < plan.size(); i += 2) plan[i].recompute = false;
    expect_same(plain, run_steps(network, plan), "every other segment of " + std::to_string(every));
  }
}

TEST(Recompute, GivesTheSameBitsUnderThePlannersPlans) {
  const Network network = make_knotted_network();
  const Tensors plain = run_steps(network, {});
  const auto steps = step_memory(network, make_execution_plan(network, Phase::Training));
  const std::int64_t all = plan_memory(steps, {}).peak_bytes;
  const RecomputePlan smallest = smallest_plan(steps);
  ASSERT_LT(plan_memory(steps, smallest).peak_bytes, all);
  expect_same(plain, run_steps(network, smallest), "the smallest plan");
  const auto tight = cheapest_plan(steps, all * 9 / 10);
  ASSERT_TRUE(tight && !tight->empty());
  expect_same(plain, run_steps(network, *tight), "a tenth less memory");
}

TEST(Recompute, GivesTheSameBitsInLowerPrecision) {
  const Network network = make_knotted_network();
  const std::size_t steps = make_execution_plan(network, Phase::Training).steps.size();
  const auto run = [&](const RecomputePlan& plan) {
    TorchNetwork module(network, 5, at::kCPU);
    if (!plan.empty()) module.recompute(plan);
    at::manual_seed(3);
    const at::Tensor input = at::randn({kBatch, 2, 6, 6});
    at::autocast::set_autocast_enabled(at::kCPU, true);
    at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
    const at::Tensor output = module.forward_all(input, Mode::Training).front();
    at::autocast::clear_cache();
    at::autocast::set_autocast_enabled(at::kCPU, false);
    EXPECT_EQ(output.scalar_type(), at::kBFloat16);
    output.sum().backward();
    Tensors gradients;
    for (const NamedTensor& parameter : module.parameters()) {
      if (parameter.tensor.grad().defined()) gradients[parameter.name] = parameter.tensor.grad();
    }
    return gradients;
  };
  expect_same(run({}), run(even_plan(steps, 6)), "bf16");
}

/// Bytes that a step takes at its peak beyond what is there before it.
std::int64_t peak_of_step(const Network& network, const RecomputePlan& plan) {
  TorchNetwork module(network, 5, at::kCPU);
  if (!plan.empty()) module.recompute(plan);
  const at::Tensor input = at::randn({64, 2, 6, 6});
  reset_cpu_peak_memory();
  const std::int64_t before = cpu_peak_memory_bytes();
  module.forward_all(input, Mode::Training).front().sum().backward();
  const std::int64_t peak = cpu_peak_memory_bytes() - before;
  reset_cpu_peak_memory();
  // Nothing of the graph is left but the gradients.
  EXPECT_LT(cpu_peak_memory_bytes() - before, 100'000);
  return peak;
}

TEST(Recompute, TakesTheMemoryThatThePlanSays) {
  count_cpu_memory();
  Builder b;
  std::int32_t x = b.conv(0);
  for (int block = 0; block < 24; ++block) {
    x = b.add(
        Op::Relu,
        {b.add(Op::Add, {x, b.add(Op::BatchNorm, {b.conv(b.add(Op::Relu, {b.add(Op::BatchNorm, {b.conv(x)})}))})})});
  }
  b.head(x);
  const auto steps = step_memory(b.network, make_execution_plan(b.network, Phase::Training));
  const RecomputePlan smallest = smallest_plan(steps);
  const auto plain = static_cast<double>(peak_of_step(b.network, {}));
  const auto small = static_cast<double>(peak_of_step(b.network, smallest));
  EXPECT_NEAR(plain / (64.0 * static_cast<double>(plan_memory(steps, {}).peak_bytes)), 1, 0.1);
  EXPECT_NEAR(small / (64.0 * static_cast<double>(plan_memory(steps, smallest).peak_bytes)), 1, 0.15);
  EXPECT_LT(small / plain, 0.3);
}

TEST(Recompute, RunsOnceWithoutGradients) {
  int runs = 0;
  const SegmentFunction segment = [&](const std::vector<at::Tensor>& in, nas::Run, const std::function<bool()>&) {
    ++runs;
    return std::vector{in[0].tanh()};
  };
  const at::Tensor x = at::randn({3}).requires_grad_(true);
  {
    const at::NoGradGuard no_grad;
    EXPECT_TRUE(run_recomputed(segment, {x}, Draws::Nothing)[0].equal(x.tanh()));
  }
  EXPECT_EQ(runs, 1);
  const at::Tensor y = run_recomputed(segment, {x}, Draws::Nothing)[0];
  EXPECT_EQ(runs, 2);
  y.sum().backward();
  EXPECT_EQ(runs, 3);
  EXPECT_TRUE(x.grad().allclose(1 - y.detach() * y.detach()));
}

}  // namespace
}  // namespace nas
