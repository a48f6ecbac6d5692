// Networks with several outputs: what is kept, counted, hashed and stored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "nas/check.h"
#include "nas/network.h"
#include "nas/network_json.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::NetworkBuilder;
using ::testing::Pair;

const Shape kImage{4, 2, {8, 8, 1}};

std::int32_t linear(NetworkBuilder& net, std::int32_t input) {
  Attributes attributes;
  attributes.channels = 10;
  return net.add(Op::Linear, {input}, attributes);
}

Network with_exits(Network network, const std::vector<Exit>& exits) {
  for (const Exit& exit : exits) {
    const auto added = add_exit(network, exit);
    NAS_CHECK(added.ok(), added.error().message);
  }
  return network;
}

// A trunk of three convolutions. After the first an early exit, after the second an auxiliary head
// with a convolution of its own, after the third the output. Nodes:
// 0 input, 1 conv, 2 linear (early), 3 conv, 4 conv, 5 linear (head), 6 conv, 7 linear (output)
Network three_outputs(const std::vector<std::string>& order = {"early", "head"}) {
  NetworkBuilder net(kImage);
  const auto a = net.conv(0, 4, 3);
  const auto early = linear(net, a);
  const auto b = net.conv(a, 4, 3);
  const auto head = linear(net, net.conv(b, 2, 1));
  linear(net, net.conv(b, 4, 3));
  std::vector<Exit> exits;
  for (const std::string& name : order) {
    exits.push_back(name == "early" ? Exit{"early", early, false, 1} : Exit{"head", head, true, 0.4});
  }
  return with_exits(net.network(), exits);
}

// By hand: a 3x3 convolution of 4 channels 4 * 4 * 9 = 144 params, 144 * 64 MACs; a linear layer of
// 256 features 2560; the head 4 * 2 = 8 params, 8 * 64 MACs and a linear layer of 128 features.
constexpr std::int64_t kConv = 144;
constexpr std::int64_t kLinear = 2560;

std::string error_of(Network network, const Exit& exit) {
  const Network before = network;
  const auto added = add_exit(network, exit);
  EXPECT_EQ(network, before);
  return added.ok() ? "added" : added.error().message;
}

TEST(AddExit, ChecksWhatPeopleWrite) {
  const Network network = three_outputs();
  EXPECT_THAT(error_of(network, {"", 1, false, 1}), HasSubstr("letters, digits and '_'"));
  EXPECT_THAT(error_of(network, {"a.b", 1, false, 1}), HasSubstr("exit name 'a.b'"));
  EXPECT_THAT(error_of(network, {"head", 1, false, 1}), HasSubstr("'head' is taken"));
  EXPECT_THAT(error_of(network, {"x", 1, false, -0.5}), HasSubstr("weight -0.5"));
  EXPECT_THAT(error_of(network, {"x", 1, false, std::numeric_limits<double>::quiet_NaN()}), HasSubstr("weight nan"));
  EXPECT_THAT(error_of(network, {"x", 8, false, 1}), HasSubstr("below 8"));
  EXPECT_THAT(error_of(network, {"x", -1, false, 1}), HasSubstr("node -1"));
}

TEST(OutputNodes, LeaveAuxiliariesToTraining) {
  EXPECT_THAT(output_nodes(three_outputs(), Phase::Training), ElementsAre(7, 2, 5));
  EXPECT_THAT(output_nodes(three_outputs(), Phase::Inference), ElementsAre(7, 2));
}

TEST(UsedNodes, OfAllOutputs) {
  EXPECT_THAT(used_nodes(three_outputs()), ::testing::Each(true));
  EXPECT_THAT(used_nodes(three_outputs(), {2}), ElementsAre(true, true, true, false, false, false, false, false));
}

TEST(RemoveUnused, KeepsExits) {
  const Network network = three_outputs();
  EXPECT_EQ(remove_unused(network).value(), network);
  NetworkBuilder net(kImage);
  net.conv(0, 2, 1);  // not used
  const auto early = net.add(Op::Relu, {0});
  const auto sum = net.add(Op::Add, {early, net.add(Op::Zero, {early})});
  const Network removed = remove_unused(with_exits(net.network(), {{"early", early, false, 1}})).value();
  ASSERT_EQ(removed.nodes.size(), 3u);
  EXPECT_THAT(removed.exits, ElementsAre(Exit{"early", 1, false, 1}));
  EXPECT_EQ(removed.output, 2);
  EXPECT_EQ(removed.nodes[2].name, net.network().nodes[static_cast<std::size_t>(sum)].name);
}

// The output comes before the exit here.
TEST(RemoveUnused, TheOutputNeedNotBeTheLastNode) {
  NetworkBuilder net(kImage);
  const auto a = net.add(Op::Relu, {0});
  const auto b = net.add(Op::Tanh, {a});
  Network network = with_exits(net.network(), {{"late", b, false, 1}});
  network.output = a;
  EXPECT_EQ(remove_unused(network).value(), network);
  EXPECT_EQ(simplify(network).value(), network);
}

TEST(RemoveUnused, AnExitMustDependOnTheInput) {
  NetworkBuilder net(kImage);
  const auto dead = net.add(Op::Relu, {net.add(Op::Zero, {0})});
  net.conv(0, 4, 3);
  for (const bool auxiliary : {false, true}) {
    const Network network = with_exits(net.network(), {{"fine", 0, false, 1}, {"dead", dead, auxiliary, 1}});
    for (const auto& result : {remove_unused(network), simplify(network)}) {
      ASSERT_FALSE(result.ok());
      EXPECT_THAT(result.error().message, HasSubstr("the exit 'dead' does not depend on the input"));
      EXPECT_TRUE(is_disconnected(result.error()));
    }
    EXPECT_EQ(canonical_hash(network), kNoNetwork);
  }
}

TEST(Simplify, ExitsFollowWhatIsFolded) {
  NetworkBuilder net(kImage);
  const auto conv = net.conv(0, 4, 3);
  const auto exit = net.add(Op::Identity, {conv});
  const auto inner = net.add(Op::Add, {conv, 0});
  net.add(Op::Add, {inner, net.add(Op::Relu, {0})});
  const Network simple =
      simplify(with_exits(net.network(), {{"early", exit, false, 1}, {"sum", inner, true, 1}})).value();
  ASSERT_EQ(simple.exits.size(), 2u);
  EXPECT_EQ(simple.nodes[static_cast<std::size_t>(simple.exits[0].node)].op, Op::Conv);
  const Node& sum = simple.nodes[static_cast<std::size_t>(simple.exits[1].node)];
  EXPECT_EQ(sum.op, Op::Add) << "an exit uses the inner sum, so it stays";
  EXPECT_EQ(sum.inputs.size(), 2u);
  EXPECT_EQ(simple.nodes[static_cast<std::size_t>(simple.output)].inputs.size(), 3u) << "and is flattened all the same";
  EXPECT_EQ(simplify(simple).value(), simple);
}

TEST(CanonicalHash, SeesExitsButNotTheirOrder) {
  const Network network = three_outputs();
  const std::uint64_t hash = canonical_hash(network);
  EXPECT_EQ(canonical_hash(three_outputs({"head", "early"})), hash);
  const auto changed = [&](auto change) {
    Network other = network;
    change(other);
    return canonical_hash(other);
  };
  EXPECT_NE(changed([](Network& n) { n.exits[0].name = "first"; }), hash) << "its metrics have other names";
  EXPECT_EQ(changed([](Network& n) { n.exits[1].name = "first"; }), hash) << "an auxiliary one has no metrics";
  EXPECT_NE(changed([](Network& n) { n.exits[0].weight = 0.5; }), hash);
  EXPECT_NE(changed([](Network& n) { n.exits[1].weight = 0.5; }), hash);
  EXPECT_NE(changed([](Network& n) { n.exits[0].auxiliary = true; }), hash);
  EXPECT_NE(changed([](Network& n) { n.exits[0].node = 3; }), hash);
  EXPECT_NE(changed([](Network& n) { n.exits.pop_back(); }), hash);
  EXPECT_NE(changed([](Network& n) { n.exits.clear(); }), hash);
  EXPECT_NE(changed([](Network& n) { std::swap(n.output, n.exits[0].node); }), hash);
  EXPECT_EQ(canonical_hash(simplify(network).value()), hash);
}

// The same two branches: which one is the output and which the exit.
TEST(CanonicalHash, KnowsTheOutputFromAnExit) {
  const auto hash = [](bool swapped) {
    NetworkBuilder net(kImage);
    const auto a = net.add(Op::Relu, {0});
    const auto b = net.add(Op::Tanh, {0});
    Network network = with_exits(net.network(), {{"exit", swapped ? a : b, false, 1}});
    network.output = swapped ? b : a;
    return canonical_hash(network);
  };
  EXPECT_NE(hash(false), hash(true));
}

TEST(Cost, LeavesAuxiliaryHeadsOut) {
  const Cost cost = count_cost(three_outputs());
  EXPECT_EQ(cost.params, 3 * kConv + 2 * kLinear);
  EXPECT_EQ(cost.macs, 64 * 3 * kConv + 2 * kLinear);
  EXPECT_EQ(cost.activation_elements, 3 * 256 + 2 * 10);
  EXPECT_EQ(cost.layers, 5);
  EXPECT_EQ(cost.depth, 4);
}

TEST(Cost, UpToAnExit) {
  const Network network = three_outputs();
  EXPECT_EQ(count_cost_to(network, 2), (Cost{kConv + kLinear, 64 * kConv + kLinear, 256 + 10, 2, 2}));
  EXPECT_EQ(count_cost_to(network, 5).params, 2 * kConv + 8 + 1280) << "an auxiliary head asked for by itself";
  EXPECT_EQ(count_cost_to(network, 0), Cost{});
  EXPECT_THAT(named_counts(network),
              ElementsAre(Pair("params", 3 * kConv + 2 * kLinear), Pair("macs", 64 * 3 * kConv + 2 * kLinear),
                          Pair("params.early", kConv + kLinear), Pair("macs.early", 64 * kConv + kLinear)));
}

// Zeros carry nothing of the input; the deepest path is not the one with the most layers in sum.
TEST(Cost, DepthIsOfTheLongestPathFromTheInput) {
  NetworkBuilder net(kImage);
  const auto cut = net.conv(net.add(Op::Zero, {net.conv(net.conv(0, 4, 3), 4, 3)}), 4, 3);
  const auto deep = net.conv(net.add(Op::Relu, {net.conv(0, 4, 3)}), 4, 3);
  net.add(Op::Add, {cut, deep, net.conv(0, 4, 1)});
  EXPECT_EQ(count_cost(net.network()).layers, 6);
  EXPECT_EQ(count_cost(net.network()).depth, 2);
  NetworkBuilder unreached(kImage);
  unreached.conv(unreached.add(Op::Zero, {0}), 4, 3);
  EXPECT_EQ(count_cost(unreached.network()).layers, 1);
  EXPECT_EQ(count_cost(unreached.network()).depth, 0);
}

TEST(NetworkJson, HoldsExits) {
  const Network network = three_outputs();
  const nlohmann::json json = network_to_json(network);
  EXPECT_EQ(json["exits"], nlohmann::json::parse(R"([
    {"name": "early", "node": 2, "role": "exit", "weight": 1.0},
    {"name": "head", "node": 5, "role": "auxiliary", "weight": 0.4}])"));
  EXPECT_EQ(network_from_json(nlohmann::json::parse(json.dump())).value(), network);
  nlohmann::json shorter = json;
  shorter["exits"][0] = {{"name", "early"}, {"node", 2}};
  EXPECT_EQ(network_from_json(shorter).value(), network) << "role and weight have defaults";
  EXPECT_FALSE(network_to_json(make_network(kImage)).contains("exits"));
}

TEST(NetworkJson, ErrorsInExits) {
  const nlohmann::json json = network_to_json(three_outputs());
  const auto error_after = [&](const char* pointer, const char* value) {
    nlohmann::json damaged = json;
    damaged[nlohmann::json::json_pointer(pointer)] = nlohmann::json::parse(value);
    const auto network = network_from_json(damaged);
    return network.ok() ? "it was read" : network.error().message;
  };
  EXPECT_THAT(error_after("/exits", "{}"), HasSubstr("network: exits: expected a list, got {}"));
  EXPECT_THAT(error_after("/exits/0", "1"), HasSubstr("expected an object, got 1"));
  EXPECT_THAT(error_after("/exits/0/name", "1"), HasSubstr("name: expected a text"));
  EXPECT_THAT(error_after("/exits/0/name", "\"head\""), HasSubstr("taken"));
  EXPECT_THAT(error_after("/exits/0/node", "8"), HasSubstr("below 8"));
  EXPECT_THAT(error_after("/exits/0/node", "null"), HasSubstr("node: expected an index"));
  EXPECT_THAT(error_after("/exits/0/role", "\"main\""), HasSubstr("got \"main\""));
  EXPECT_THAT(error_after("/exits/0/weight", "\"1\""), HasSubstr("weight: expected a number"));
  EXPECT_THAT(error_after("/exits/0/weight", "-1"), HasSubstr("weight -1"));
  EXPECT_THAT(error_after("/exits/0/weigth", "1"), HasSubstr("did you mean 'weight'?"));
}

}  // namespace
}  // namespace nas
