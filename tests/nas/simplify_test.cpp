#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/operation.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using ::testing::HasSubstr;
using testing::NetworkBuilder;

const Shape kImage{4, 2, {8, 8, 1}};

// "relu(add(input,tanh(input)))" of the output; shows structure, not sharing.
std::string text_of(const Network& network, std::int32_t node) {
  const Node& n = network.nodes[static_cast<std::size_t>(node)];
  std::vector<std::string> inputs;
  for (const std::int32_t input : n.inputs) inputs.push_back(text_of(network, input));
  const std::string_view name = operation(n.op).name;
  return inputs.empty() ? std::string(name) : fmt::format("{}({})", name, fmt::join(inputs, ","));
}
std::string text_of(const Result<Network>& network) {
  return network.ok() ? text_of(*network, network->output) : network.error().message;
}

// Every node again by add_node: shapes, order and names hold.
void expect_sound(const Network& network) {
  Network again = make_network(network.nodes[0].shape);
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    ASSERT_TRUE(add_node(again, node.op, node.attributes, node.inputs, node.name).ok()) << node.name;
  }
  EXPECT_EQ(again, network);
}

TEST(RemoveUnused, SumsLoseUnreachedSummands) {
  NetworkBuilder net(kImage);
  const auto zero = net.add(Op::Zero, {0});
  const auto dead = net.add(Op::Relu, {zero});
  net.add(Op::Tanh, {0});  // not used
  const auto sum = net.add(Op::Add, {dead, 0, zero});
  net.add(Op::Add, {sum, net.add(Op::Identity, {0})});
  const auto removed = remove_unused(net.network());
  EXPECT_EQ(text_of(removed), "add(add(input),identity(input))");
  EXPECT_EQ(removed->nodes.size(), 4u);
  expect_sound(*removed);
  EXPECT_EQ(remove_unused(*removed).value(), *removed);
}

TEST(RemoveUnused, NothingReachesTheOutput) {
  NetworkBuilder net(kImage);
  net.add(Op::Multiply, {0, net.add(Op::Sigmoid, {net.add(Op::Zero, {0})})});
  EXPECT_THAT(text_of(remove_unused(net.network())), HasSubstr("does not depend on the input"));
  EXPECT_THAT(text_of(simplify(net.network())), HasSubstr("does not depend on the input"));
}

TEST(RemoveUnused, ConcatenationsGetZeros) {
  NetworkBuilder net(kImage);
  const auto wide = net.conv(0, 6, 3);
  const auto dead = net.add(Op::Relu, {net.add(Op::Zero, {wide})});  // 6 channels
  const auto same = net.add(Op::Tanh, {net.add(Op::Zero, {0})});     // 4 channels, as the input
  net.add(Op::Concat, {dead, same, 0, dead});
  const auto removed = remove_unused(net.network());
  ASSERT_TRUE(removed.ok());
  EXPECT_EQ(text_of(removed), "concat(zero(input),zero(input),input,zero(input))");
  EXPECT_EQ(removed->nodes.size(), 5u) << "the wide convolution is gone";
  EXPECT_EQ(removed->shape_of(removed->output), (Shape{20, 2, {8, 8, 1}}));
  EXPECT_EQ(removed->nodes[1].attributes.channels, 6);
  EXPECT_EQ(removed->nodes[2].attributes.channels, 0);
  expect_sound(*removed);
  EXPECT_EQ(text_of(remove_unused(*removed)), text_of(removed));
  EXPECT_EQ(canonical_hash(*removed), canonical_hash(net.network()));
}

TEST(RemoveUnused, KeepsAWholeNetworkAsItIs) {
  for (const char* digits : {"333333", "213412", "444123"}) {
    const Network network = testing::network_201(digits, {4, 1});
    EXPECT_EQ(remove_unused(network).value(), network);
  }
}

TEST(Simplify, FoldsWhatChangesNothing) {
  NetworkBuilder net(kImage);
  Attributes never;
  Attributes often;
  often.rate = 0.5;
  auto x = net.add(Op::Identity, {0});
  x = net.add(Op::Dropout, {net.add(Op::Dropout, {x}, never)}, often);
  x = net.add(Op::Concat, {net.add(Op::Multiply, {net.add(Op::Add, {x})})});
  x = net.add(Op::Flatten, {net.add(Op::Flatten, {x})});
  net.add(Op::Identity, {x});
  const auto simple = simplify(net.network());
  EXPECT_EQ(text_of(simple), "flatten(dropout(input))");
  expect_sound(*simple);
}

TEST(Simplify, FoldsOperationsThatAreToldToDoNothing) {
  struct Case {
    Op op;
    Attributes nothing, something;
  };
  const Case cases[] = {
      {Op::DropPath, {}, {.rate = 0.1}},
      {Op::Slice, {.channels = 4}, {.channels = 3}},
      {Op::Reshape, {.channels = 4, .size = {8, 8, 0}}, {.channels = 8, .size = {4, 8, 0}}},
      {Op::Upsample, {}, {.scale = {2, 1, 1}}},
      {Op::AdaptiveMaxPool, {.size = {8, 8, 0}}, {.size = {8, 4, 0}}},
      {Op::AdaptiveAveragePool, {.size = {8, 8, 0}}, {.size = {4, 8, 0}}},
      {Op::Pad, {}, {.pad_low = {1, 0, 0}, .pad_high = {-1, 0, 0}}},  // moves
      {Op::ChannelShuffle, {.groups = 1}, {.groups = 2}},
      {Op::ChannelShuffle, {.groups = 4}, {.groups = 2}},
  };
  NetworkBuilder plain(kImage);
  plain.add(Op::Relu, {plain.add(Op::Tanh, {0})});
  for (const Case& c : cases) {
    const std::string name(operation(c.op).name);
    NetworkBuilder with(kImage);
    with.add(Op::Relu, {with.add(c.op, {with.add(Op::Tanh, {0})}, c.nothing)});
    EXPECT_EQ(text_of(simplify(with.network())), "relu(tanh(input))") << name;
    EXPECT_EQ(canonical_hash(with.network()), canonical_hash(plain.network())) << name;
    NetworkBuilder acting(kImage);
    acting.add(Op::Relu, {acting.add(c.op, {acting.add(Op::Tanh, {0})}, c.something)});
    EXPECT_EQ(text_of(simplify(acting.network())), "relu(" + name + "(tanh(input)))");
  }
}

TEST(Simplify, IdentityNetworkIsItsInput) {
  NetworkBuilder net(kImage);
  net.add(Op::Add, {net.add(Op::Identity, {0}), net.add(Op::Zero, {0})});
  const auto simple = simplify(net.network());
  EXPECT_EQ(text_of(simple), "input");
  EXPECT_EQ(simple->nodes.size(), 1u);
  EXPECT_NE(canonical_hash(net.network()), kNoNetwork);
}

TEST(Simplify, FlattensNestedSums) {
  NetworkBuilder net(kImage);
  const auto a = net.add(Op::Relu, {0});
  const auto b = net.add(Op::Tanh, {0});
  const auto inner = net.add(Op::Add, {a, net.add(Op::Add, {b, a})});
  net.add(Op::Add, {0, inner});
  const auto simple = simplify(net.network());
  ASSERT_TRUE(simple.ok());
  EXPECT_EQ(simple->nodes.size(), 4u);
  const auto& summands = simple->nodes[3].inputs;
  EXPECT_THAT(summands, ::testing::UnorderedElementsAre(0, 1, 1, 2));
  expect_sound(*simple);
}

TEST(Simplify, AnInnerSumStaysForItsOtherUsers) {
  NetworkBuilder net(kImage);
  const auto inner = net.add(Op::Add, {0, net.add(Op::Relu, {0})});
  net.add(Op::Add, {inner, net.add(Op::Tanh, {inner})});
  const auto simple = simplify(net.network());
  ASSERT_TRUE(simple.ok());
  ASSERT_EQ(simple->nodes.size(), 5u);
  EXPECT_EQ(simple->nodes[2].inputs.size(), 2u);
  EXPECT_THAT(simple->nodes[4].inputs, ::testing::UnorderedElementsAre(0, 1, 3));
}

TEST(Simplify, ASumOfOneSumIsNoCopyOfIt) {
  NetworkBuilder net(kImage);
  const auto sum = net.add(Op::Add, {0, net.add(Op::Relu, {0})});
  const auto alias = net.add(Op::Add, {sum});
  net.add(Op::Multiply, {net.add(Op::Tanh, {sum}), net.add(Op::Sigmoid, {alias})});
  EXPECT_EQ(simplify(net.network())->nodes.size(), 6u);
}

// 2^60 summands if they were written out.
TEST(Simplify, SumsThatDoubleStayNested) {
  NetworkBuilder net(kImage);
  std::int32_t x = 0;
  for (int i = 0; i < 60; ++i) x = net.add(Op::Add, {x, x});
  const auto simple = simplify(net.network());
  ASSERT_TRUE(simple.ok());
  for (const Node& node : simple->nodes) EXPECT_LE(node.inputs.size(), kMaxSummands);
  expect_sound(*simple);
  EXPECT_EQ(canonical_hash(*simple), canonical_hash(net.network()));
}

TEST(Simplify, OrdersSummandsByWhatTheyAre) {
  const auto ordered = [](bool swapped) {
    NetworkBuilder net(kImage);
    const auto a = net.add(Op::Relu, {0});
    const auto b = net.add(Op::Tanh, {0});
    net.add(Op::Add, swapped ? std::vector{b, a, 0} : std::vector{0, a, b});
    return text_of(simplify(net.network()));
  };
  EXPECT_EQ(ordered(false), ordered(true));
}

TEST(Simplify, IsSoundAndDoneOnce) {
  for (int cell = 0; cell < testing::kCells201; cell += 97) {
    const auto simple = simplify(testing::network_201(testing::digits_201(cell), {4, 2}));
    if (!simple.ok()) continue;
    expect_sound(*simple);
    EXPECT_EQ(simplify(*simple).value(), *simple);
  }
}

}  // namespace
}  // namespace nas
