#include "trainer/recompute_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "nas/rng.h"

namespace nas {
namespace {

using Steps = std::vector<StepMemory>;

/// The definition in the header, by sets.
PlanMemory measure(const Steps& steps, const RecomputePlan& plan) {
  const auto read_from = [&](std::size_t value, std::size_t cut) {
    bool read = steps[value].is_output;
    for (std::size_t i = cut; i < steps.size(); ++i) {
      read = read || std::count(steps[i].reads.begin(), steps[i].reads.end(), value) > 0;
    }
    return read;
  };
  const auto bytes_of = [&](const std::set<std::size_t>& values) {
    std::int64_t bytes = 0;
    for (const std::size_t value : values) bytes += steps[value].bytes;
    return bytes;
  };
  PlanMemory memory;
  std::set<std::size_t> held;
  std::int64_t held_extra = 0;
  std::size_t begin = 0;
  for (const Segment& segment : plan) {
    std::set<std::size_t> inside = held;
    std::set<std::size_t> across;
    std::int64_t extra = 0;
    std::int64_t work = 0;
    for (std::size_t i = begin; i < segment.end; ++i) {
      inside.insert(steps[i].keeps.begin(), steps[i].keeps.end());
      if (read_from(i, segment.end)) across.insert(i);
      extra += steps[i].extra_bytes;
      work = std::max(work, steps[i].work_bytes);
      if (segment.recompute) memory.cost += steps[i].cost;
    }
    memory.peak_bytes = std::max(memory.peak_bytes, bytes_of(inside) + held_extra + extra + work);
    if (!segment.recompute) held = inside;
    if (!segment.recompute) held_extra += extra;
    held.insert(across.begin(), across.end());
    memory.peak_bytes = std::max(memory.peak_bytes, bytes_of(held) + held_extra);
    begin = segment.end;
  }
  return memory;
}

/// Every way to cut and to choose.
std::vector<RecomputePlan> all_plans(std::size_t steps) {
  std::vector<RecomputePlan> plans;
  for (std::size_t cuts = 0; cuts < std::size_t{1} << (steps - 1); ++cuts) {
    RecomputePlan plan;
    for (std::size_t i = 1; i <= steps; ++i) {
      if (i == steps || (cuts >> (i - 1) & 1U) != 0) plan.push_back({i, false});
    }
    for (std::size_t choice = 0; choice < std::size_t{1} << plan.size(); ++choice) {
      for (std::size_t s = 0; s < plan.size(); ++s) plan[s].recompute = (choice >> s & 1U) != 0;
      plans.push_back(plan);
    }
  }
  return plans;
}

/// A random graph in which each step reads the one before it and perhaps earlier ones.
Steps random_steps(std::size_t count, Rng& rng) {
  Steps steps(count);
  for (std::size_t i = 0; i < count; ++i) {
    StepMemory& step = steps[i];
    step.bytes = static_cast<std::int64_t>(rng.next() % 9);
    step.extra_bytes = rng.next() % 4 == 0 ? 1 : 0;
    step.work_bytes = static_cast<std::int64_t>(rng.next() % 4);
    step.cost = 1 + static_cast<std::int64_t>(rng.next() % 9);
    for (std::size_t earlier = 0; earlier < i; ++earlier) {
      if (earlier + 1 == i || rng.next() % 5 == 0) step.reads.push_back(earlier);
    }
    if (rng.next() % 2 == 0) step.keeps = step.reads;
    if (rng.next() % 2 == 0) step.keeps.push_back(i);
    step.is_output = i + 1 == count || rng.next() % 8 == 0;
  }
  return steps;
}

Steps chain(std::size_t count) {
  Steps steps(count);
  for (std::size_t i = 0; i < count; ++i) {
    steps[i] = {.bytes = 1, .cost = 1, .keeps = {i}};
    if (i > 0) steps[i].reads = {i - 1};
  }
  steps.back().is_output = true;
  return steps;
}

TEST(RecomputePlan, MemoryIsThatOfTheDefinition) {
  Rng rng(1, 0, Stream::Initialisation);
  for (int round = 0; round < 20; ++round) {
    const Steps steps = random_steps(6, rng);
    for (const RecomputePlan& plan : all_plans(steps.size())) EXPECT_EQ(plan_memory(steps, plan), measure(steps, plan));
    EXPECT_EQ(plan_memory(steps, {}), measure(steps, {{steps.size(), false}}));
  }
}

TEST(RecomputePlan, IsTheCheapestOfAllThatFit) {
  Rng rng(2, 0, Stream::Initialisation);
  int fitted = 0;
  int recomputed = 0;
  for (int round = 0; round < 30; ++round) {
    const Steps steps = random_steps(7, rng);
    std::vector<PlanMemory> all;
    for (const RecomputePlan& plan : all_plans(steps.size())) all.push_back(measure(steps, plan));
    for (std::int64_t limit = 0; limit < 60; limit += 3) {
      std::int64_t least = -1;
      for (const PlanMemory& memory : all) {
        if (memory.peak_bytes <= limit && (least < 0 || memory.cost < least)) least = memory.cost;
      }
      const auto plan = cheapest_plan(steps, limit);
      ASSERT_EQ(plan.has_value(), least >= 0) << "limit " << limit;
      if (!plan) continue;
      EXPECT_LE(plan_memory(steps, *plan).peak_bytes, limit);
      EXPECT_EQ(plan_memory(steps, *plan).cost, least);
      ++fitted;
      recomputed += least > 0 ? 1 : 0;
    }
  }
  EXPECT_GT(fitted, 100);
  EXPECT_GT(recomputed, 50);
}

TEST(RecomputePlan, TheSmallestIsThatOfBruteForce) {
  Rng rng(3, 0, Stream::Initialisation);
  for (int round = 0; round < 30; ++round) {
    const Steps steps = random_steps(7, rng);
    std::int64_t least = plan_memory(steps, {}).peak_bytes;
    for (const RecomputePlan& plan : all_plans(steps.size())) least = std::min(least, measure(steps, plan).peak_bytes);
    EXPECT_EQ(plan_memory(steps, smallest_plan(steps)).peak_bytes, least);
  }
}

TEST(RecomputePlan, ALongChainTakesTwiceTheRootOfItsLength) {
  const Steps steps = chain(100);
  const RecomputePlan plan = smallest_plan(steps);
  const PlanMemory memory = plan_memory(steps, plan);
  // Segments of lengths k, k - 1, ..., 1 hold k(k+1)/2 steps with at most k + 1 values at a time (the
  // output among them); 14 * 13 / 2 < 100 - 13.
  EXPECT_LE(memory.peak_bytes, 15);
  EXPECT_LT(memory.cost, 100) << "the last segment is needed at once";
  EXPECT_FALSE(plan.back().recompute);
}

TEST(RecomputePlan, NothingIsRecomputedWhereEverythingFits) {
  EXPECT_EQ(cheapest_plan(chain(5), 5), RecomputePlan{});
  EXPECT_EQ(cheapest_plan(chain(5), 0), std::nullopt);
}

TEST(RecomputePlan, LongNetworksAreCutWhereFewBytesLiveAcross) {
  Steps steps = chain(kMostCuts * 4);
  for (std::size_t i = 0; i < steps.size(); ++i) steps[i].bytes = i % 4 == 1 ? 1 : 100;
  for (const Segment& segment : smallest_plan(steps)) {
    EXPECT_TRUE(segment.end == steps.size() || steps[segment.end - 1].bytes == 1) << segment.end;
  }
}

TEST(RecomputePlan, EvenSegmentsLeaveTheLastOneAlone) {
  EXPECT_EQ(even_plan(5, 2), (RecomputePlan{{2, true}, {4, true}, {5, false}}));
  EXPECT_EQ(even_plan(4, 2), (RecomputePlan{{2, true}, {4, false}}));
  EXPECT_EQ(even_plan(3, 8), (RecomputePlan{{3, false}}));
}

class StepMemories : public ::testing::Test {
 protected:
  std::int32_t add(Op op, std::vector<std::int32_t> inputs, Attributes attributes = {}) {
    return add_node(network_, op, attributes, std::move(inputs)).value();
  }
  Steps steps() const { return step_memory(network_, make_execution_plan(network_, Phase::Training)); }

  Network network_ = make_network({.channels = 2, .dims = 2, .size = {4, 4, 1}});
};

TEST_F(StepMemories, AreWhatBackwardReads) {
  const auto conv = add(Op::Conv, {0}, {.channels = 3});
  const auto norm = add(Op::BatchNorm, {conv});
  const auto relu = add(Op::Relu, {norm});
  const auto flat = add(Op::Flatten, {relu});
  add(Op::Linear, {flat}, {.channels = 5});
  const Steps made = steps();
  ASSERT_EQ(made.size(), 5U);
  EXPECT_EQ(made[0].bytes, 3 * 16 * 4);
  EXPECT_TRUE(made[0].keeps.empty()) << "the batch is there anyway";
  EXPECT_EQ(made[1].keeps, std::vector<std::size_t>{0});
  EXPECT_EQ(made[2].keeps, std::vector<std::size_t>{2});
  EXPECT_EQ(made[3].bytes, 0) << "the same memory";
  EXPECT_EQ(made[4].reads, std::vector<std::size_t>{2}) << "through the flattening";
  EXPECT_EQ(made[4].keeps, std::vector<std::size_t>{2});
  EXPECT_TRUE(made[4].is_output);
  EXPECT_EQ(made[0].cost, (2 + 3) * 16 * 16 + 2 * 3 * 16);
}

TEST_F(StepMemories, OfTheWholeAreTheCountOfTheGraph) {
  auto x = add(Op::Conv, {0}, {.channels = 4});
  for (int block = 0; block < 3; ++block) {
    const auto a = add(Op::Relu, {add(Op::BatchNorm, {add(Op::Conv, {x}, {.channels = 4})})});
    const auto pool = add(Op::MaxPool, {x}, {.kernel = {3, 3, 1}, .pad_low = {1, 1, 0}, .pad_high = {1, 1, 0}});
    x = add(Op::Add, {a, add(Op::Silu, {pool}), x});
  }
  add(Op::Linear, {add(Op::Flatten, {x})}, {.channels = 2});
  Steps made = steps();
  for (StepMemory& step : made) step.work_bytes = 0;
  made.back().is_output = false;
  // The graph's count has the input batch where a convolution keeps it.
  const std::int64_t input = network_.shape_of(0).elements() * kBytesPerElement;
  EXPECT_EQ(plan_memory(made, {}).peak_bytes, count_memory(network_, 1).training_bytes - input);
}

}  // namespace
}  // namespace nas
