#include "nas/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nas/check.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Shape kImage{3, 2, {8, 8, 1}};

TEST(Shape, Text) {
  EXPECT_EQ(to_string(kImage), "3x8x8");
  EXPECT_EQ(to_string(Shape{10, 0, {1, 1, 1}}), "10");
  EXPECT_EQ(to_string(Shape{1, 3, {2, 3, 4}}), "1x2x3x4");
  EXPECT_EQ((Shape{2, 3, {2, 3, 4}}.elements()), 48);
}

TEST(Shape, CheckedForPeople) {
  EXPECT_EQ(check_shape(kImage), std::nullopt);
  EXPECT_THAT(check_shape({0, 2, {8, 8, 1}})->message, HasSubstr("an axis below 1"));
  EXPECT_THAT(check_shape({3, 2, {8, -8, 1}})->message, HasSubstr("an axis below 1"));
  EXPECT_THAT(check_shape({3, 4, {8, 8, 1}})->message, HasSubstr("at most 3"));
  EXPECT_THAT(check_shape({std::int64_t{1} << 62, 1, {1 << 30, 1, 1}})->message, HasSubstr("2^50"));
  EXPECT_THROW((void)make_network({0, 0, {1, 1, 1}}), Exception);
}

TEST(AddNode, InfersNamesAndMovesTheOutput) {
  Network network = make_network(kImage);
  EXPECT_EQ(network.nodes[0].name, "input");
  EXPECT_EQ(add_node(network, Op::Relu, {}, {0}).value(), 1);
  EXPECT_EQ(add_node(network, Op::Concat, {}, {0, 1, 1}, "join").value(), 2);
  EXPECT_EQ(network.nodes[1].name, "relu_1");
  EXPECT_EQ(network.nodes[2].name, "join");
  EXPECT_EQ(network.shape_of(2), (Shape{9, 2, {8, 8, 1}}));
  EXPECT_EQ(network.output, 2);
}

TEST(AddNode, TakesOnlyListedAttributes) {
  Network network = make_network(kImage);
  Attributes attributes;
  attributes.channels = 7;
  attributes.rate = 0.5;
  attributes.kernel = {3, 3, 1};
  ASSERT_TRUE(add_node(network, Op::Dropout, attributes, {0}).ok());
  Attributes expected;
  expected.rate = 0.5;
  EXPECT_EQ(network.nodes[1].attributes, expected);
}

TEST(AddNode, ErrorsLeaveTheNetworkAsItWas) {
  Network network = make_network(kImage);
  const Network before = network;
  EXPECT_THAT(add_node(network, Op::Relu, {}, {0, 0}).error().message, HasSubstr("`relu` takes one tensor, got 2"));
  EXPECT_THAT(add_node(network, Op::Relu, {}, {}).error().message, HasSubstr("`relu` takes one tensor, got 0"));
  EXPECT_THAT(add_node(network, Op::Add, {}, {}).error().message, HasSubstr("`add` needs at least one tensor"));
  EXPECT_THAT(add_node(network, Op::Conv, {}, {0}).error().message, HasSubstr("channels 0"));
  EXPECT_THAT(add_node(network, Op::Input, {}, {}).error().message, HasSubstr("only one"));
  EXPECT_EQ(network, before);
  EXPECT_THROW((void)add_node(network, Op::Relu, {}, {1}), Exception);
  EXPECT_THROW((void)add_node(network, Op::Relu, {}, {-1}), Exception);
}

TEST(UsedNodes, AreThoseTheOutputDependsOn) {
  testing::NetworkBuilder net(kImage);
  const auto a = net.add(Op::Relu, {0});
  net.add(Op::Tanh, {a});  // unused
  net.add(Op::Add, {a, 0});
  EXPECT_THAT(used_nodes(net.network()), ElementsAre(true, true, false, true));
}

TEST(ReachedNodes, ByOperation) {
  testing::NetworkBuilder net(kImage);
  const auto zero = net.add(Op::Zero, {0});
  const auto relu = net.add(Op::Relu, {zero});
  const auto both = net.add(Op::Add, {zero, 0});
  const auto none = net.add(Op::Add, {zero, relu});
  net.add(Op::Multiply, {0, relu});
  net.add(Op::Multiply, {0, both});
  net.add(Op::Concat, {zero, 0});
  net.add(Op::Concat, {zero, none});
  EXPECT_THAT(reached_nodes(net.network()), ElementsAre(true, false, false, true, false, false, true, true, false));
}

}  // namespace
}  // namespace nas
