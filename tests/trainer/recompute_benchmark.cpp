// Activation memory and time of training steps with and without recomputation, side by side.
//
// usage: recompute_benchmark [BATCH [ROUNDS [THREADS]]]
//
// ResNet-110 for CIFAR (He et al. 2016), its shortcuts without weights: average pooling and zeros
// where the size changes. Rounds go through the ways in turn, after one that is not
// counted; a time is the median over rounds, its spread the quartiles.
#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>

#include "trainer/cpu_memory.h"
#include "trainer/fit_memory.h"
#include "trainer/torch_network.h"

namespace nas {
namespace {

constexpr int kBlocksAStage = 18;

std::int32_t add(Network& network, Op op, const Attributes& attributes, std::vector<std::int32_t> inputs) {
  return add_node(network, op, attributes, std::move(inputs)).value();
}

std::int32_t conv_norm(Network& network, std::int32_t x, std::int64_t channels, std::int32_t stride) {
  const Attributes a{.channels = channels,
                     .kernel = {3, 3, 1},
                     .stride = {stride, stride, 1},
                     .pad_low = {1, 1, 0},
                     .pad_high = {1, 1, 0}};
  return add(network, Op::BatchNorm, {}, {add(network, Op::Conv, a, {x})});
}

std::int32_t shortcut(Network& network, std::int32_t x, std::int64_t channels, std::int32_t stride) {
  if (stride == 1) return x;
  const std::int32_t pooled = add(network, Op::AveragePool, {.kernel = {2, 2, 1}, .stride = {2, 2, 1}}, {x});
  const std::int32_t zeros = add(network, Op::Zero, {.channels = channels / 2}, {pooled});
  return add(network, Op::Concat, {}, {pooled, zeros});
}

Network make_resnet_110() {
  Network network = make_network({.channels = 3, .dims = 2, .size = {32, 32, 1}});
  std::int32_t x = add(network, Op::Relu, {}, {conv_norm(network, 0, 16, 1)});
  for (int block = 0; block < 3 * kBlocksAStage; ++block) {
    const std::int64_t channels = std::int64_t{16} << (block / kBlocksAStage);
    const std::int32_t stride = block > 0 && block % kBlocksAStage == 0 ? 2 : 1;
    const std::int32_t inner = add(network, Op::Relu, {}, {conv_norm(network, x, channels, stride)});
    const std::int32_t body = conv_norm(network, inner, channels, 1);
    x = add(network, Op::Relu, {}, {add(network, Op::Add, {}, {body, shortcut(network, x, channels, stride)})});
  }
  x = add(network, Op::Flatten, {}, {add(network, Op::GlobalAveragePool, {}, {x})});
  add(network, Op::Linear, {.channels = 10, .bias = true}, {x});
  return network;
}

/// One way of training, with its own weights.
struct Way {
  std::string name;
  MemoryPlan plan;
  TorchNetwork module;
  std::int64_t activation_bytes = 0;
  std::vector<double> seconds{};
};

void run_step(Way& way, const at::Tensor& input, const at::Tensor& classes) {
  reset_cpu_peak_memory();
  const std::int64_t before = cpu_peak_memory_bytes();
  const auto start = std::chrono::steady_clock::now();
  const at::Tensor output = way.module.forward(input, Mode::Training);
  at::cross_entropy_loss(output, classes).backward();
  way.seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  way.activation_bytes = cpu_peak_memory_bytes() - before;
}

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

void print(const Way& way, const Way& plain) {
  const double median = quantile(way.seconds, 0.5);
  fmt::print(std::cout,
             "{:<18} {:>8.1f} MB ({:+6.1f}%)   {:>7.0f} ms, quartiles {:.0f} to {:.0f} ({:+6.1f}%)   {:.0f}% of the "
             "forward pass computed twice\n",
             way.name, static_cast<double>(way.activation_bytes) / 1e6,
             100 * (static_cast<double>(way.activation_bytes) / static_cast<double>(plain.activation_bytes) - 1),
             1e3 * median, 1e3 * quantile(way.seconds, 0.25), 1e3 * quantile(way.seconds, 0.75),
             100 * (median / quantile(plain.seconds, 0.5) - 1), 100 * way.plan.recomputed_share);
}

void run(std::int64_t batch, int rounds, int threads) {
  count_cpu_memory();
  at::set_num_threads(threads);
  const Network network = make_resnet_110();
  const TrainingOptions training{.batch_size = batch, .recompute = "auto"};
  const std::int64_t all = estimate_training_bytes(network, training, {});
  std::vector<Way> ways;
  const auto add_way = [&](const std::string& name, const MemoryPlan& plan) {
    ways.push_back({name, plan, TorchNetwork(network, 1, at::kCPU)});
    ways.back().module.recompute(plan.recompute);
  };
  add_way("none", {});
  for (const int percent : {60, 40, 35}) {
    const auto free_bytes = static_cast<double>(all) * percent / 100 / (1 - kHeadroom);
    add_way(fmt::format("auto, {}%", percent),
            first_memory_plan(network, training, static_cast<std::int64_t>(free_bytes)));
  }
  add_way("all", first_memory_plan(network, {.batch_size = batch, .recompute = "all"}, all));
  const at::Tensor input = at::randn({batch, 3, 32, 32}).contiguous(at::MemoryFormat::ChannelsLast);
  const at::Tensor classes = at::randint(10, {batch}, at::kLong);
  for (int round = 0; round <= rounds; ++round) {
    for (Way& way : ways) {
      run_step(way, input, classes);
      if (round == 0) way.seconds.clear();  // the first one also makes the gradients
    }
  }
  fmt::print(std::cout, "ResNet-110, 32x32, batch {}, {} threads, {} rounds\n", batch, threads, rounds);
  for (const Way& way : ways) print(way, ways.front());
}

}  // namespace
}  // namespace nas

int main(int argc, char** argv) {
  const auto number = [&](int place, int otherwise) { return argc > place ? std::atoi(argv[place]) : otherwise; };
  nas::run(number(1, 32), number(2, 5), number(3, 1));
  return 0;
}
