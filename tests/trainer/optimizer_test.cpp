// Against the published formulas, written out in double precision.
#include "trainer/optimizer.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

namespace nas {
namespace {

constexpr int kSteps = 7;

at::Tensor filled(const std::vector<std::int64_t>& sizes, double phase) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return at::sin(at::arange(count, at::kFloat).mul(0.7).add(phase)).view(sizes);
}

/// A convolution's weight and its bias.
std::vector<NamedTensor> weight_and_bias() {
  std::vector<NamedTensor> tensors = {{"conv.weight", filled({3, 2, 3, 3}, 0)}, {"conv.bias", filled({3}, 1)}};
  for (NamedTensor& named : tensors) named.tensor.requires_grad_(true);
  return tensors;
}

double gradient(int step, std::size_t tensor, std::int64_t i) {
  return 0.5 * std::cos(static_cast<double>(i) + 3 * step + static_cast<double>(tensor));
}

void set_gradients(const std::vector<NamedTensor>& tensors, int step) {
  for (std::size_t t = 0; t < tensors.size(); ++t) {
    at::Tensor values = at::zeros(tensors[t].tensor.sizes(), at::kFloat);
    for (std::int64_t i = 0; i < values.numel(); ++i) {
      values.mutable_data_ptr<float>()[i] = static_cast<float>(gradient(step, t, i));
    }
    at::Tensor(tensors[t].tensor).mutable_grad() = values;
  }
}

/// One number under an optimiser.
struct Number {
  double weight = 0;
  double first = 0;   // momentum, mean
  double second = 0;  // mean square
};
using Rule = std::function<void(Number& number, double gradient, double decay, int step)>;

constexpr double kRate = 0.05;

/// Takes kSteps steps both ways. `begin`: second at the beginning.
void expect_rule(const TrainingOptions& options, const Rule& rule, double begin = 0) {
  const std::vector<NamedTensor> tensors = weight_and_bias();
  std::vector<std::vector<Number>> numbers;
  for (const NamedTensor& named : tensors) {
    const float* const data = named.tensor.const_data_ptr<float>();
    numbers.emplace_back();
    for (std::int64_t i = 0; i < named.tensor.numel(); ++i) numbers.back().push_back({data[i], 0, begin});
  }
  const auto optimizer = make_optimizer(tensors, options);
  for (int step = 0; step < kSteps; ++step) {
    set_gradients(tensors, step);
    optimizer->step(kRate, {});
    for (std::size_t t = 0; t < tensors.size(); ++t) {
      const double decay = t == 0 || options.decay_all ? options.weight_decay : 0;
      for (std::size_t i = 0; i < numbers[t].size(); ++i) {
        Number& number = numbers[t][i];
        rule(number, gradient(step, t, static_cast<std::int64_t>(i)), decay, step + 1);
        const double found = tensors[t].tensor.const_data_ptr<float>()[i];
        ASSERT_NEAR(found, number.weight, 2e-6) << tensors[t].name << " " << i << " after step " << step;
      }
    }
  }
}

Rule sgd_rule(double momentum, bool nesterov) {
  return [=](Number& n, double g, double decay, int) {
    g += decay * n.weight;
    n.first = momentum * n.first + g;
    n.weight -= kRate * (nesterov ? g + momentum * n.first : n.first);
  };
}

TEST(Sgd, IsItsFormula) {
  for (const bool decay_all : {false, true}) {
    const TrainingOptions options{.momentum = 0.9, .nesterov = true, .weight_decay = 0.1, .decay_all = decay_all};
    expect_rule(options, sgd_rule(0.9, true));
  }
  expect_rule({.momentum = 0.8, .nesterov = false, .weight_decay = 0.01}, sgd_rule(0.8, false));
  expect_rule({.momentum = 0, .nesterov = true, .weight_decay = 0}, sgd_rule(0, false));
}

TEST(AdamW, IsItsFormula) {
  const TrainingOptions options{
      .optimizer = "adamw", .beta1 = 0.8, .beta2 = 0.95, .epsilon = 1e-3, .weight_decay = 0.2};
  expect_rule(options, [](Number& n, double g, double decay, int step) {
    n.weight -= kRate * decay * n.weight;
    n.first = 0.8 * n.first + 0.2 * g;
    n.second = 0.95 * n.second + 0.05 * g * g;
    const double mean = n.first / (1 - std::pow(0.8, step));
    const double square = n.second / (1 - std::pow(0.95, step));
    n.weight -= kRate * mean / (std::sqrt(square) + 1e-3);
  });
}

TEST(RmsProp, IsItsFormula) {
  for (const double momentum : {0.0, 0.7}) {
    const TrainingOptions options{
        .optimizer = "rmsprop", .momentum = momentum, .rms_decay = 0.85, .epsilon = 1e-3, .weight_decay = 0.1};
    expect_rule(options, [momentum](Number& n, double g, double decay, int) {
      g += decay * n.weight;
      n.second = 0.85 * n.second + 0.15 * g * g;
      n.first = momentum * n.first + g / (std::sqrt(n.second) + 1e-3);
      n.weight -= kRate * n.first;
    });
  }
}

TEST(RmsProp, OfTensorFlowHasEpsilonInTheRootAndTheRateInTheMomentum) {
  for (const double momentum : {0.0, 0.7}) {
    const TrainingOptions options{.optimizer = "rmsprop",
                                  .momentum = momentum,
                                  .rms_decay = 0.85,
                                  .epsilon = 0.1,
                                  .rms_form = "tensorflow",
                                  .weight_decay = 0.1};
    const Rule rule = [momentum](Number& n, double g, double decay, int) {
      g += decay * n.weight;
      n.second = 0.85 * n.second + 0.15 * g * g;
      n.first = momentum * n.first + kRate * g / std::sqrt(n.second + 0.1);
      n.weight -= n.first;
    };
    expect_rule(options, rule, 1);
  }
}

TEST(Optimizers, AStepThatOverflowedChangesNothing) {
  for (const char* name : {"sgd", "adamw", "rmsprop"}) {
    const std::vector<NamedTensor> tensors = weight_and_bias();
    const auto optimizer = make_optimizer(tensors, {.optimizer = name});
    set_gradients(tensors, 0);
    optimizer->step(kRate, at::zeros({}));
    const auto copies = [&] {
      std::vector<at::Tensor> all;
      for (const NamedTensor& named : tensors) all.push_back(named.tensor.detach().clone());
      for (const NamedTensor& named : optimizer->state()) all.push_back(named.tensor.clone());
      return all;
    };
    const std::vector<at::Tensor> before = copies();
    EXPECT_FALSE(before[0].equal(weight_and_bias()[0].tensor)) << name << ": 0 is no overflow";
    set_gradients(tensors, 1);
    at::Tensor(tensors[1].tensor).mutable_grad().fill_(std::nan(""));
    optimizer->step(kRate, at::full({}, 1, at::kFloat));
    const std::vector<at::Tensor> after = copies();
    for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].equal(after[i])) << name << " " << i;
  }
}

TEST(ParameterGroups, DecayLeavesOutTensorsOfOneAxis) {
  const std::vector<NamedTensor> tensors = weight_and_bias();
  const auto split = parameter_groups(tensors, {.weight_decay = 0.1});
  ASSERT_EQ(split.size(), 2);
  EXPECT_EQ(split[0].names, std::vector<std::string>{"conv.weight"});
  EXPECT_EQ(split[0].weight_decay, 0.1);
  EXPECT_EQ(split[1].names, std::vector<std::string>{"conv.bias"});
  EXPECT_EQ(split[1].weight_decay, 0);
  EXPECT_EQ(parameter_groups(tensors, {.weight_decay = 0.1, .decay_all = true}).size(), 1);
  EXPECT_EQ(parameter_groups(tensors, {.weight_decay = 0}).size(), 1) << "one call is faster than two";
  EXPECT_EQ(parameter_groups(std::vector{tensors[1]}, {.weight_decay = 0.1}).size(), 1);
}

}  // namespace
}  // namespace nas
