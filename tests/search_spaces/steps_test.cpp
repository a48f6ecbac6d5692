#include <gmock/gmock.h>

#include "tests/search_spaces/space_text.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::int64_t> channels_of(const Network& network) {
  std::vector<std::int64_t> channels;
  for (const Node& node : network.nodes) channels.push_back(node.shape.channels);
  return channels;
}

TEST(Split, DividesChannelsTheRemainderToTheFirst) {
  const auto space =
      parsed_space("network: [{conv: {channels: 11}}, {split: {parts: 3, branches: [[relu], [], [tanh]]}}]\n");
  const Network network = network_of(*space);
  EXPECT_THAT(operation_names(network),
              ElementsAre("input", "conv", "slice", "relu", "slice", "slice", "tanh", "concat"));
  EXPECT_THAT(channels_of(network), ElementsAre(4, 11, 5, 5, 3, 3, 3, 11));
  EXPECT_EQ(network.nodes[4].attributes.start, 5);
  EXPECT_EQ(network.nodes[5].attributes.start, 8);
}

TEST(Split, SizesMayBeListedAndJoinedBySum) {
  const auto space =
      parsed_space("network: [split: {sizes: [1, 3], branches: [[{conv: {channels: 3}}], []], join: sum}]\n");
  EXPECT_THAT(channels_of(network_of(*space)), ElementsAre(4, 1, 3, 3, 3));
}

TEST(Split, OneBodyServesAllPartsAndKnowsWhichItIs) {
  const auto space = parsed_space(
      "network: [split: {parts: {choose: [1, 2]}, index: i, body: [{conv: {kernel: \"${3 + 2 * i}\"}}]}]\n");
  EXPECT_THAT(operation_names(network_of(*space, {0})), ElementsAre("input", "conv"));
  const Network two = network_of(*space, {1});
  EXPECT_EQ(two.nodes[2].attributes.kernel[0], 3);
  EXPECT_EQ(two.nodes[4].attributes.kernel[0], 5);
}

TEST(Split, PartsMayHaveGenesOfTheirOwn) {
  const auto space =
      parsed_space("network: [split: {parts: {choose: [1, 2]}, choices: own, body: [choose: [relu, tanh]]}]\n");
  EXPECT_THAT(names_of_genes(*space), ElementsAre("split_1.parts", "split_1[0]", "split_1[1]"));
  EXPECT_THAT(active_genes(space->genes(), Genotype{{0, 0, 0}}), ElementsAre(true, true, false));
}

TEST(Split, PartsThatDoNotFitAreExplained) {
  EXPECT_THAT(decode_error(*parsed_space("network: [split: {parts: 9, body: [relu]}]\n")), HasSubstr("use 1 to 4"));
  EXPECT_THAT(decode_error(*parsed_space("network: [split: {sizes: [1, 2], branches: [[relu], [tanh]]}]\n")),
              HasSubstr("must add up to 4"));
}

TEST(NamedTensors, MayBeTakenUpAgain) {
  const auto space = parsed_space(
      "network:\n  - repeat: {times: 2, index: i, body: [relu, {as: \"t${i}\"}, tanh]}\n"
      "  - concat: [[identity], [{from: \"t${1 - 1}\"}], [{from: t1}]]\n");
  const Network network = network_of(*space);
  EXPECT_THAT(operation_names(network), ElementsAre("input", "relu", "tanh", "relu", "tanh", "identity", "concat"));
  EXPECT_THAT(network.nodes.back().inputs, ElementsAre(5, 1, 3));
}

TEST(NamedTensors, AreNamedOnceUnlessRebound) {
  EXPECT_THAT(decode_error(*parsed_space("network: [{as: a}, relu, {as: a}]\n")), HasSubstr("rebind: true"));
  const auto space = parsed_space("network: [{as: a}, relu, {as: a, rebind: true}, tanh, {from: a}, sigmoid]\n");
  EXPECT_THAT(operation_names(network_of(*space)), ElementsAre("input", "relu", "sigmoid"));
}

TEST(NamedTensors, ArePrivateToBlocks) {
  const auto space = parsed_space("blocks: {b: [{from: skip}]}\nnetwork: [{as: skip}, b]\n");
  EXPECT_THAT(decode_error(*space), HasSubstr("no tensor is called 'skip'"));
  EXPECT_THAT(decode_error(*parsed_space("network: [{as: skip}, {from: skop}]\n")), HasSubstr("did you mean 'skip'?"));
}

TEST(Outputs, LeaveTheCurrentTensorAsItIs) {
  const auto space = parsed_space(
      "network:\n  - repeat: {times: 2, index: i, body: [relu, {output: {name: \"exit${i}\", head: [tanh]}}]}\n"
      "  - output: {name: helper, role: auxiliary}\n  - output: {name: half, weight: 0.5}\n  - sigmoid\n");
  const Network network = network_of(*space);
  EXPECT_THAT(operation_names(network), ElementsAre("input", "relu", "tanh", "relu", "tanh", "sigmoid"));
  EXPECT_EQ(network.exits,
            (std::vector<Exit>{
                {"exit0", 2, false, 1}, {"exit1", 4, false, 1}, {"helper", 3, true, 0.4}, {"half", 3, false, 0.5}}));
  EXPECT_THAT(decode_error(*parsed_space("network: [relu, {output: {name: a}}, {output: {name: a}}]\n")),
              HasSubstr("'a'"));
}

TEST(Parameters, MayBeExpressionsOverOneAnother) {
  const std::string text =
      "parameters: {wide: \"${2 * narrow}\", narrow: 3}\nnetwork: [{conv: {channels: \"${wide}\"}}]\n";
  EXPECT_EQ(network_of(*parsed_space(text)).nodes[1].shape.channels, 6);
  SpaceOverrides overrides;
  overrides.parameters = {{"narrow", 5, {}}};
  EXPECT_EQ(network_of(*parsed_space(text, overrides)).nodes[1].shape.channels, 10);
}

TEST(Parameters, ThatAreWholeButForRoundingAreWhole) {
  const auto space = parsed_space(
      "parameters: {depth: 100, third: \"${0.1 * 3}\"}\nnetwork: [{repeat: {times: \"${(depth - 4) / 6}\", body: "
      "[relu]}},\n"
      "          {conv: {channels: \"${third * 10}\"}}]\n");
  const Network network = network_of(*space);
  EXPECT_EQ(network.nodes.size(), 1U + 16U + 1U);
  EXPECT_EQ(network.nodes.back().shape.channels, 3);
}

TEST(Parameters, MayNotGoInCircles) {
  EXPECT_THAT(space_error("parameters: {a: \"${b}\", b: \"${a + 1}\"}\nnetwork: [relu]\n"), HasSubstr("a -> b -> a"));
  EXPECT_THAT(space_error("parameters: {a: \"${width}\", widht: 1}\nnetwork: [relu]\n"),
              HasSubstr("did you mean 'widht'?"));
}

TEST(Parameters, MayGiveTheInput) {
  auto space = TextSpace::make(yaml_of(
      "space: t\nparameters: {resolution: 32}\ninput: {channels: 3, size: [\"${resolution}\", \"${resolution / 2}\"]}\n"
      "network: [relu]\n"));
  ASSERT_TRUE(space.ok());
  EXPECT_EQ(*(*space)->input(), (Shape{3, 2, {32, 16, 1}}));
}

TEST(Network, WithoutChoicesIsOneGenotype) {
  const auto space = parsed_space("network: [relu]\n");
  EXPECT_TRUE(space->genes().empty());
  EXPECT_EQ(count_genotypes(space->genes()), 1);
  EXPECT_EQ(operation_names(network_of(*space)).size(), 2U);
}

}  // namespace
}  // namespace nas
