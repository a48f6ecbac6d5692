#include "trainer/tile_regions.h"

#include <gtest/gtest.h>

#include "nas/operation.h"
#include "nas/receptive_field.h"

namespace nas {
namespace {

Attributes window(std::int32_t kernel, std::int32_t stride = 1) {
  Attributes a;
  a.channels = 1;
  a.kernel[0] = kernel;
  a.stride[0] = stride;
  pad_same(a);
  return a;
}

Network line(std::int64_t size, const std::vector<std::pair<Op, Attributes>>& steps) {
  Network network = make_network({1, 1, {size, 1, 1}});
  for (const auto& [op, attributes] : steps) {
    if (!add_node(network, op, attributes, {network.output})) throw std::runtime_error("a step does not fit");
  }
  return network;
}

std::optional<RegionPlan> plan(const Network& network, const PositionRange& kept) {
  return plan_regions(network, make_execution_plan(network, Phase::Inference), {kept});
}

TEST(TileRegions, EachOperationReadsWhatTheOnesBehindItNeed) {
  const Network network = line(100, {{Op::Conv, window(11)}, {Op::Conv, window(11)}, {Op::Conv, window(11)}});
  const auto made = plan(network, {30, 70});
  ASSERT_TRUE(made);
  // 30 to 70 needs 25 to 75 of the second one's output, 20 to 80 of the first one's, 15 to 85 of the input.
  EXPECT_EQ(made->steps.at(1).reads[0][0], (PositionRange{15, 85}));
  EXPECT_EQ(made->steps.at(1).output.size[0], 70);
  // Of what it made, 15 to 85, the second one reads 20 to 80; then 25 to 75 of that.
  EXPECT_EQ(made->steps.at(2).reads[0][0], (PositionRange{5, 65}));
  EXPECT_EQ(made->steps.at(3).reads[0][0], (PositionRange{5, 55}));
  EXPECT_EQ(made->kept[0], (PositionRange{5, 45}));
}

TEST(TileRegions, NothingIsCutAtTheEdgesOfTheWhole) {
  const Network network = line(100, {{Op::Conv, window(11)}, {Op::Conv, window(11)}});
  const auto made = plan(network, {0, 50});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->steps.at(1).reads[0][0], (PositionRange{0, 60}));
  EXPECT_EQ(made->steps.at(2).reads[0][0], (PositionRange{0, 55}));
  EXPECT_EQ(made->kept[0], (PositionRange{0, 50}));
  EXPECT_FALSE(plan(network, {0, 100}));  // saves nothing
}

TEST(TileRegions, ZerosAreMadeWhereTheyAreWanted) {
  Network network = line(100, {{Op::Conv, window(11)}});
  const std::int32_t conv = network.output;
  const std::int32_t zero = add_node(network, Op::Zero, {}, {0}).value();
  network.output = add_node(network, Op::Concat, {}, {conv, zero}).value();
  const auto made = plan(network, {30, 70});
  ASSERT_TRUE(made);
  const RegionStep& step = made->steps.at(zero);
  EXPECT_TRUE(step.inputs.empty());
  EXPECT_EQ(step.output.size[0], 40);
  EXPECT_EQ(made->kept[0], (PositionRange{0, 40}));
}

TEST(TileRegions, StridesBeginAndEndAtWholePositions) {
  const Network network = line(101, {{Op::Conv, window(3, 4)}, {Op::Relu, {}}});
  const auto made = plan(network, {10, 15});
  ASSERT_TRUE(made);
  // Outputs 10 to 14 read 39 to 57.
  const PositionRange read = made->steps.at(1).reads[0][0];
  EXPECT_EQ(read.begin % 4, 0);
  EXPECT_EQ((101 - read.end) % 4, 0);
  EXPECT_TRUE(read.begin <= 39 && read.end >= 58) << read.begin << " to " << read.end;
  EXPECT_GE(made->steps.at(2).output.size[0], 5);
}

TEST(TileRegions, WhatReadsAllPositionsHasNoPlan) {
  const Network network = line(100, {{Op::Conv, window(3)}, {Op::GlobalAveragePool, {}}});
  EXPECT_FALSE(plan(network, {0, 1}));
}

}  // namespace
}  // namespace nas
