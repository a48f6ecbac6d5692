#include "trainer/fit_memory.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

/// Blocks of convolution, batch norm and ReLU on 8 channels of 8x8.
Network make_chain(int blocks) {
  Network network = make_network({.channels = 3, .dims = 2, .size = {8, 8, 1}});
  std::int32_t x = 0;
  for (int i = 0; i < blocks; ++i) {
    x = add_node(network, Op::Conv, {.channels = 8}, {x}).value();
    x = add_node(network, Op::Relu, {}, {add_node(network, Op::BatchNorm, {}, {x}).value()}).value();
  }
  x = add_node(network, Op::Flatten, {}, {add_node(network, Op::GlobalAveragePool, {}, {x}).value()}).value();
  EXPECT_TRUE(add_node(network, Op::Linear, {.channels = 10}, {x}).ok());
  return network;
}

constexpr std::int64_t kPlenty = std::int64_t{1} << 40;

std::int64_t estimate(const Network& network, const TrainingOptions& training, const MemoryPlan& plan = {}) {
  return estimate_training_bytes(network, training, plan);
}

TEST(FitMemory, CountsWeightsByTheOptimisersState) {
  const Network network = make_chain(2);
  const std::int64_t weights = 4 * count_cost(network).params;
  const std::int64_t plain = estimate(network, {.momentum = 0});
  EXPECT_EQ(estimate(network, {.momentum = 0.9}) - plain, weights);
  EXPECT_EQ(estimate(network, {.optimizer = "adamw"}) - plain, 2 * weights);
  EXPECT_EQ(estimate(network, {.optimizer = "rmsprop", .momentum = 0}) - plain, weights);
  EXPECT_EQ(estimate(network, {.optimizer = "rmsprop", .momentum = 0.9}) - plain, 2 * weights);
  EXPECT_EQ(estimate(network, {.momentum = 0, .ema_decay = 0.99}) - plain, weights);
}

TEST(FitMemory, ActivationsAreThoseOfAPartOfTheBatch) {
  const Network network = make_chain(4);
  const TrainingOptions training{.batch_size = 64, .momentum = 0};
  const std::int64_t fixed = 2 * 4 * count_cost(network).params + 64 * 4 * network.shape_of(0).elements();
  const std::int64_t all = estimate(network, training) - fixed;
  EXPECT_GT(all, 64 * count_memory(network, 1).training_bytes / 2);
  EXPECT_EQ(estimate(network, training, {.micro_batches = 4}) - fixed, all / 4);
}

TEST(FitMemory, AutoRecomputesOnlyWhatMustBe) {
  const Network network = make_chain(12);
  const TrainingOptions training{.batch_size = 32, .recompute = "auto"};
  EXPECT_EQ(first_memory_plan(network, training, kPlenty), MemoryPlan{});
  const std::int64_t all = estimate(network, training);
  double share = 0;
  for (const double part : {0.9, 0.7, 0.5}) {
    const auto free_bytes = static_cast<std::int64_t>(part * static_cast<double>(all));
    const MemoryPlan plan = first_memory_plan(network, training, free_bytes);
    EXPECT_LE(static_cast<double>(estimate(network, training, plan)),
              (1 - kHeadroom) * static_cast<double>(free_bytes));
    EXPECT_GT(plan.recomputed_share, share) << "of less memory";
    EXPECT_LT(plan.recomputed_share, 1);
    share = plan.recomputed_share;
  }
}

TEST(FitMemory, AutoDoesWhatItCanWhereNothingFits) {
  const Network network = make_chain(12);
  const MemoryPlan plan = first_memory_plan(network, {.recompute = "auto"}, 1);
  EXPECT_EQ(plan, first_memory_plan(network, {.recompute = "all"}, kPlenty));
  EXPECT_FALSE(plan.recompute.empty());
}

TEST(FitMemory, SegmentsMayBeAskedFor) {
  const Network network = make_chain(3);
  const MemoryPlan plan = first_memory_plan(network, {.recompute = "all", .recompute_every = 5}, kPlenty);
  EXPECT_EQ(plan.recompute, (RecomputePlan{{5, true}, {10, true}, {12, false}}));
  EXPECT_GT(plan.recomputed_share, 0.5);
}

TEST(FitMemory, OutOfMemoryIsAnsweredByRecomputationThenParts) {
  const Network network = make_chain(12);
  const TrainingOptions never{.batch_size = 16};
  const TrainingOptions allow{.batch_size = 16, .accumulate = "allow"};
  const auto recomputed = next_memory_plan({}, network, never);
  ASSERT_TRUE(recomputed);
  EXPECT_EQ(*recomputed, first_memory_plan(network, {.batch_size = 16, .recompute = "all"}, kPlenty));
  EXPECT_EQ(next_memory_plan(*recomputed, network, never), std::nullopt);
  MemoryPlan plan = *recomputed;
  for (const std::int64_t parts : {2, 4, 8}) {
    const auto next = next_memory_plan(plan, network, allow);
    ASSERT_TRUE(next);
    EXPECT_EQ(next->micro_batches, parts);
    EXPECT_EQ(next->recompute, recomputed->recompute);
    EXPECT_LT(estimate(network, allow, *next), estimate(network, allow, plan));
    plan = *next;
  }
  EXPECT_EQ(next_memory_plan(plan, network, allow), std::nullopt) << "parts of one example";
}

TEST(FitMemory, SaysWhatItDoes) {
  EXPECT_EQ(describe({}), "keeping all activations");
  EXPECT_EQ(describe({{{1, true}}, 0.625, 1}), "recomputing 62% of the forward pass");
  EXPECT_EQ(describe({{{1, true}}, 0.25, 4}), "recomputing 25% of the forward pass, batches in 4 parts");
  EXPECT_EQ(memory_metrics({}), Metrics{});
  EXPECT_EQ(memory_metrics({{{1, true}}, 0.25, 4}), (Metrics{{"recomputed_share", 0.25}, {"micro_batches", 4}}));
}

}  // namespace
}  // namespace nas
