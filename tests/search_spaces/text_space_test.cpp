#include "search_spaces/text_space.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace nas {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::unique_ptr<TextSpace> space_of(const std::string& text, const SpaceOverrides& overrides = {}) {
  auto tree = parse_yaml(text, "space.yaml");
  EXPECT_TRUE(tree.ok()) << (tree.ok() ? "" : tree.error().message);
  auto space = TextSpace::make(*tree, overrides);
  EXPECT_TRUE(space.ok()) << (space.ok() ? "" : space.error().message);
  return space.ok() ? std::move(*space) : nullptr;
}

std::string error_of(const std::string& text, const SpaceOverrides& overrides = {}) {
  auto tree = parse_yaml(text, "space.yaml");
  if (!tree) return tree.error().message;
  auto space = TextSpace::make(*tree, overrides);
  return space.ok() ? "" : space.error().message;
}

std::vector<std::string> gene_names(const TextSpace& space) {
  std::vector<std::string> names;
  for (const Gene& gene : space.genes()) names.push_back(gene.name);
  return names;
}

std::vector<std::string> operations_of(const TextSpace& space, const std::vector<std::int32_t>& genes) {
  std::vector<std::string> names;
  const auto network = space.decode(Genotype{genes});
  EXPECT_TRUE(network.ok()) << (network.ok() ? "" : network.error().message);
  if (!network) return names;
  for (const Node& node : network->nodes) names.emplace_back(operation(node.op).name);
  return names;
}

constexpr const char* kHead = "space: t\ninput: {channels: 4, size: [8, 8]}\n";

TEST(TextSpace, AChoiceOfStepsIsAGene) {
  const auto space = space_of(std::string(kHead) + "network: [choose: [relu, [tanh, sigmoid], []]]\n");
  ASSERT_THAT(gene_names(*space), ElementsAre("choose"));
  EXPECT_THAT(operations_of(*space, {0}), ElementsAre("input", "relu"));
  EXPECT_THAT(operations_of(*space, {1}), ElementsAre("input", "tanh", "sigmoid"));
  EXPECT_THAT(operations_of(*space, {2}), ElementsAre("input"));
  EXPECT_EQ(space->genes()[0].options[1].name, "tanh+sigmoid");
  EXPECT_EQ(space->genes()[0].options[2].name, "nothing");
}

TEST(TextSpace, ValuesMayBeChosen) {
  const auto space =
      space_of(std::string(kHead) +
               "network:\n  - conv: {kernel: {choose: [1, 3, [1, 7]]}, channels: {choose: {from: 2, to: 4}}}\n");
  ASSERT_THAT(gene_names(*space), ElementsAre("conv_1.kernel", "conv_1.channels"));
  EXPECT_EQ(space->genes()[1].options.size(), 3U);
  const auto network = space->decode(Genotype{{2, 1}});
  ASSERT_TRUE(network.ok());
  EXPECT_EQ(network->nodes[1].attributes.kernel, (Axes{1, 7, 1}));
  EXPECT_EQ(network->nodes[1].attributes.pad_low, (Axes{0, 3, 0}));
  EXPECT_EQ(network->nodes[1].shape, (Shape{3, 2, {8, 8, 1}}));
}

TEST(TextSpace, RangesMayBeLogarithmic) {
  const auto space =
      space_of("space: t\nhyperparameters:\n  learning_rate: {choose: {from: 1e-3, to: 1e-1, steps: 3, log: true}}\n");
  const Gene& gene = space->genes().at(0);
  EXPECT_EQ(gene.hyperparameter, "learning_rate");
  EXPECT_NEAR(*gene.options.at(1).number, 1e-2, 1e-15);
  EXPECT_FALSE(space->has_network());
  EXPECT_NEAR(hyperparameters(*space, Genotype{{2}})["learning_rate"].get<double>(), 0.1, 1e-15);
}

TEST(TextSpace, AChoiceInABlockIsSharedByAllItsUses) {
  const std::string blocks = "blocks:\n  b: [choose: [relu, tanh]]\n";
  EXPECT_THAT(gene_names(*space_of(kHead + blocks + "network: [b, b]\n")), ElementsAre("b"));
  const auto own = space_of(kHead + blocks + "network: [{b: {choices: own}}, {b: {choices: own}}]\n");
  EXPECT_THAT(gene_names(*own), ElementsAre("b_1", "b_2"));
  EXPECT_THAT(operations_of(*own, {0, 1}), ElementsAre("input", "relu", "tanh"));
}

TEST(TextSpace, ArgumentsBelongToTheirLine) {
  const auto space = space_of(std::string(kHead) +
                              "blocks:\n  b: {parameters: {width: 4}, body: [{conv: {channels: \"${2 * width}\"}}]}\n"
                              "network: [{b: {width: {choose: [1, 3]}}}, {b: {width: {choose: [5, 7]}}}, b]\n");
  EXPECT_THAT(gene_names(*space), ElementsAre("b_1.width", "b_2.width"));
  const auto network = space->decode(Genotype{{1, 0}});
  ASSERT_TRUE(network.ok());
  EXPECT_EQ(network->nodes[1].shape.channels, 6);
  EXPECT_EQ(network->nodes[2].shape.channels, 10);
  EXPECT_EQ(network->nodes[3].shape.channels, 8);
}

TEST(TextSpace, RepetitionsBeyondTimesAreInactive) {
  const auto space =
      space_of(std::string(kHead) +
               "network:\n  - repeat: {times: {choose: [1, 2, 3]}, choices: own, body: [choose: [relu, tanh]]}\n");
  ASSERT_THAT(gene_names(*space), ElementsAre("repeat_1.times", "repeat_1[0]", "repeat_1[1]", "repeat_1[2]"));
  EXPECT_THAT(active_genes(space->genes(), Genotype{{1, 0, 0, 0}}), ElementsAre(true, true, true, false));
  EXPECT_EQ(count_genotypes(space->genes()), 2 + 4 + 8);
  EXPECT_THAT(operations_of(*space, {1, 1, 0, 0}), ElementsAre("input", "tanh", "relu"));
}

TEST(TextSpace, ActivityIsSeenThroughBlockArgumentsAndExpressions) {
  const auto space = space_of(std::string(kHead) +
                              "blocks:\n  stage:\n    parameters: {depth: 1}\n    body:\n"
                              "      - repeat: {times: \"${depth + 1}\", choices: own, body: [choose: [relu, tanh]]}\n"
                              "network: [{stage: {depth: {choose: [0, 1]}}}]\n");
  EXPECT_THAT(active_genes(space->genes(), Genotype{{0, 0, 0}}), ElementsAre(true, true, false));
  EXPECT_THAT(active_genes(space->genes(), Genotype{{1, 0, 0}}), ElementsAre(true, true, true));
}

TEST(TextSpace, SharedRepetitionsHaveOneGeneAndAnIndex) {
  const auto space = space_of(std::string(kHead) +
                              "network:\n  - repeat:\n      times: 3\n      index: i\n      body:\n"
                              "        - conv: {channels: \"${8 * (i + 1)}\"}\n        - choose: [relu, tanh]\n");
  ASSERT_EQ(space->genes().size(), 1U);
  const auto network = space->decode(Genotype{{0}});
  ASSERT_TRUE(network.ok());
  EXPECT_EQ(network->shape_of(network->output).channels, 24);
}

TEST(TextSpace, SwitchesTakeTheirIndexFromAnExpression) {
  const auto space = space_of(std::string(kHead) +
                              "network:\n  - conv: {channels: {choose: [4, 8]}}\n"
                              "  - {choose: [[relu], [tanh]], by: \"${channels > 4}\"}\n");
  ASSERT_EQ(space->genes().size(), 1U);
  EXPECT_THAT(operations_of(*space, {0}), ElementsAre("input", "conv", "relu"));
  EXPECT_THAT(operations_of(*space, {1}), ElementsAre("input", "conv", "tanh"));
}

TEST(TextSpace, AnUntakenSwitchHidesItsGenes) {
  const auto space = space_of(std::string(kHead) +
                              "choices: {kind: {choose: [0, 1]}}\n"
                              "network:\n  - {choose: [[relu], [choose: [tanh, sigmoid]]], by: \"${kind}\"}\n");
  ASSERT_EQ(space->genes().size(), 2U);
  EXPECT_EQ(space->genes()[0].name, "kind");
  EXPECT_THAT(active_genes(space->genes(), Genotype{{0, 0}}), ElementsAre(true, false));
  EXPECT_THAT(operations_of(*space, {1, 1}), ElementsAre("input", "sigmoid"));
}

TEST(TextSpace, ResidualAddsItsShortcutWhenAsked) {
  const std::string text = std::string(kHead) +
                           "network:\n  - residual: [{conv: {channels: {choose: [4, 8]}}}]\n"
                           "    when: \"${input.channels == 4 and channels == 4}\"\n";
  const auto space = space_of(text);
  EXPECT_THAT(operations_of(*space, {0}), ElementsAre("input", "conv", "add"));
  const auto none = space_of(std::string(kHead) + "network:\n  - {residual: [choose: [relu, tanh]], shortcut: none}\n");
  EXPECT_THAT(operations_of(*none, {0}), ElementsAre("input", "relu"));
}

TEST(TextSpace, CellsHaveAGeneAnEdge) {
  const std::string text =
      std::string(kHead) +
      "cells:\n  c: {nodes: 2, edge: {choose: [none, identity, relu]}, node: [tanh], output: {concat: all}}\n"
      "network: [{cell: c}, {cell: {use: c, choices: own}}]\nunused: keep\n";
  const auto space = space_of(text);
  EXPECT_THAT(gene_names(*space),
              ElementsAre("c.1<-0", "c.2<-0", "c.2<-1", "cell_2.1<-0", "cell_2.2<-0", "cell_2.2<-1"));
  EXPECT_THAT(operations_of(*space, {2, 1, 1, 0, 0, 0}),
              ElementsAre("input", "relu", "tanh", "identity", "identity", "add", "tanh", "concat", "zero", "tanh",
                          "zero", "zero", "add", "tanh", "concat"));
}

TEST(TextSpace, UnusedOperationsAreRemovedUnlessKept) {
  const std::string body = "cells: {c: {nodes: 2, edge: {choose: [none, relu]}}}\nnetwork: [{cell: c}]\n";
  EXPECT_THAT(operations_of(*space_of(kHead + body), {1, 1, 0}), ElementsAre("input", "relu", "add"));
  EXPECT_EQ(operations_of(*space_of(kHead + body + "unused: keep\n"), {1, 1, 0}).size(), 5U);
  const auto disconnected = space_of(kHead + body)->decode(Genotype{{1, 0, 0}});
  EXPECT_FALSE(disconnected.ok());
}

TEST(TextSpace, ParametersMayBeOverridden) {
  const std::string text =
      std::string(kHead) +
      "parameters: {w: 2, classes: 3}\nnetwork: [{choose: [relu, tanh]}, {linear: {units: \"${w * classes}\"}}]\n";
  SpaceOverrides overrides{{{"w", 5, {}}}, Shape{1, 1, {16, 1, 1}}, 7};
  const auto network = space_of(text, overrides)->decode(Genotype{{0}});
  ASSERT_TRUE(network.ok());
  EXPECT_EQ(network->nodes[0].shape, (Shape{1, 1, {16, 1, 1}}));
  EXPECT_EQ(network->shape_of(network->output).channels, 35);
  EXPECT_THAT(error_of(text, {{{"ww", 5, {}}}, {}, {}}), HasSubstr("did you mean 'w'?"));
}

TEST(TextSpace, NodeNamesAreUnique) {
  const auto space = space_of(std::string(kHead) +
                              "cells: {c: {nodes: 3, edge: [relu, {choose: [tanh, [conv, batch_norm]]}]}}\n"
                              "network: [{repeat: {times: 3, body: [{cell: c}, {sum: [[relu], [tanh]]}]}}]\n");
  Rng rng(1, 0, Stream::Test);
  const auto network = space->decode(space->sample(rng));
  ASSERT_TRUE(network.ok());
  std::set<std::string> names;
  for (const Node& node : network->nodes) EXPECT_TRUE(names.insert(node.name).second) << node.name;
}

TEST(TextSpace, ChoicesByNameLeaveOutInactiveOnes) {
  const auto space = space_of(std::string(kHead) +
                              "network:\n  - {choose: [[relu], [conv: {kernel: {choose: [1, 3]}}]], name: first}\n");
  EXPECT_EQ(choices_by_name(*space, Genotype{{0, 0}}).dump(), R"({"first":"relu"})");
  EXPECT_EQ(choices_by_name(*space, Genotype{{1, 1}})["first"], "conv");
  EXPECT_EQ(choices_by_name(*space, Genotype{{1, 1}}).size(), 2U);
}

TEST(TextSpace, AllErrorsComeAtOnce) {
  const std::string error =
      error_of(std::string(kHead) + "network:\n  - relux\n  - tanhh\n  - {conv: {kernal: 3}}\n  - choose: [relu]\n");
  EXPECT_THAT(error, HasSubstr("space.yaml:4"));
  EXPECT_THAT(error, HasSubstr("space.yaml:5"));
  EXPECT_THAT(error, HasSubstr("space.yaml:6"));
}

TEST(TextSpace, ShapeErrorsNameTheLineAndTheGenotype) {
  const auto space = space_of(std::string(kHead) +
                              "network:\n  - sum:\n    - [identity]\n    - [conv: {channels: {choose: [4, 5]}}]\n");
  const auto checked = check_networks(*space);
  ASSERT_FALSE(checked.ok());
  EXPECT_THAT(checked.error().message, HasSubstr("space.yaml:4"));
  EXPECT_THAT(checked.error().message, HasSubstr("5x8x8"));
  EXPECT_THAT(checked.error().message, HasSubstr("genotype 1"));
}

}  // namespace
}  // namespace nas
