#include <gmock/gmock.h>

#include "search_spaces/combinations.h"
#include "search_spaces/split_widths.h"
#include "tests/search_spaces/space_text.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Combinations, ComeInLexicographicOrder) {
  std::vector<std::vector<std::size_t>> sets;
  for (std::size_t i = 0; i < count_combinations(4, 2, 100); ++i) sets.push_back(combination(4, 2, i));
  EXPECT_EQ(sets, (std::vector<std::vector<std::size_t>>{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}));
  EXPECT_EQ(count_combinations(62, 31, 1000), 1001U);
  EXPECT_EQ(count_combinations(3, 5, 1000), 0U);
}

const std::string kChoosing =
    "cells:\n  c:\n    inputs: 2\n    parameters: {stride: 1}\n"
    "    prepare: [{conv: {kernel: 1, channels: 4, stride: \"${input.stride}\"}}]\n    nodes: 2\n    takes: {choose: 2}\n"
    "    edge: {choose: [identity, {max_pool: {kernel: 3, stride: \"${from_input ? stride : 1}\"}}]}\n"
    "    output: {concat: all}\n";

TEST(Cells, ThatChooseHaveAGeneForTheSetAndGenesForItsEdges) {
  const auto space = parsed_space(kChoosing + "network: [{cell: c}]\n");
  EXPECT_THAT(names_of_genes(*space),
              ElementsAre("c.2.takes", "c.2.edge[0]", "c.2.edge[1]", "c.3.takes", "c.3.edge[0]", "c.3.edge[1]"));
  EXPECT_EQ(space->genes()[3].options[1].name, "0+2");
  EXPECT_EQ(count_genotypes(space->genes()), 1 * 4 * 3 * 4);
  const auto decoded = space->decode_cells(Genotype{{0, 0, 1, 1, 1, 0}});
  ASSERT_TRUE(decoded.ok());
  EXPECT_THAT(decoded->cells[0].nodes[1].edges, ElementsAre(CellEdge{0, "max_pool(kernel=3)"}, CellEdge{2, "identity"}));
  EXPECT_THAT(decoded->cells[0].output, ElementsAre(2, 3));
}

TEST(Cells, ReadTheLastTwoCellsAndMendTheirSizes) {
  const auto space = parsed_space(kChoosing +
                                  "network:\n  - cell: {use: c, stride: 2}\n  - cell: {use: c, stride: 1}\n"
                                  "  - cell: {use: c, stride: 1}\n");
  const Network network = network_of(*space, {0, 1, 1, 0, 1, 1});
  const auto prepared = [&](const std::string& name) {
    for (const Node& node : network.nodes) {
      if (node.name == name) return node;
    }
    return Node{};
  };
  EXPECT_EQ(prepared("cell_2.prepare.0.conv_1").attributes.stride[0], 2);  // the network's input, still 8x8
  EXPECT_EQ(prepared("cell_2.prepare.0.conv_1").inputs, (std::vector<std::int32_t>{0}));
  EXPECT_EQ(prepared("cell_2.prepare.1.conv_1").attributes.stride[0], 1);
  EXPECT_EQ(prepared("cell_3.prepare.0.conv_1").attributes.stride[0], 1);  // the first cell's output
  EXPECT_EQ(network.shape_of(network.output).size[0], 4);
}

TEST(Cells, MayTakeANodeTwice) {
  const auto space = parsed_space(
      "cells: {c: {nodes: 2, takes: {choose: 2, repeated: true}, edge: {choose: [relu, tanh]}, output: {concat: "
      "unused}}}\n"
      "network: [{cell: c}]\n");
  EXPECT_THAT(names_of_genes(*space), ElementsAre("c.1.takes[0]", "c.1.takes[1]", "c.1.edge[0]", "c.1.edge[1]",
                                                  "c.2.takes[0]", "c.2.takes[1]", "c.2.edge[0]", "c.2.edge[1]"));
  // Node 2 reads the input twice, so node 1 stays unused and is joined to the output.
  EXPECT_THAT(operation_names(network_of(*space, {0, 0, 0, 0, 0, 0, 1, 1})),
              ElementsAre("input", "relu", "relu", "add", "tanh", "tanh", "add", "concat"));
}

const std::string kMatrix =
    "cells:\n  c:\n    nodes: 2\n    takes: {choose: any}\n    prepare: [{conv: {kernel: 1, channels: \"${width}\"}}]\n"
    "    node: {choose: [relu, tanh]}\n    output: {concat: taken, widths: split}\n";

TEST(Cells, AsMatricesHaveAGeneForEachEdge) {
  const auto space = parsed_space(kMatrix + "network: [{cell: c}]\n");
  EXPECT_THAT(names_of_genes(*space),
              ElementsAre("c.1.takes[0]", "c.1.node", "c.2.takes[0]", "c.2.takes[1]", "c.2.node", "c.output.takes[0]",
                          "c.output.takes[1]", "c.output.takes[2]"));
}

TEST(Cells, AsMatricesDivideTheOutputsChannels) {
  const auto space = parsed_space("parameters: {channels: 5}\n" + kMatrix + "network: [{cell: c}]\n");
  // 0 -> 1, 0 -> 2, 1 -> 2, all to the output: widths 3 and 2, node 2 reads the first 2 of node 1.
  const Network network = network_of(*space, {1, 0, 1, 1, 1, 1, 1, 1});
  EXPECT_THAT(operation_names(network),
              ElementsAre("input", "conv", "relu", "conv", "slice", "add", "tanh", "concat", "conv", "add"));
  EXPECT_EQ(network.nodes[1].shape.channels, 3);
  EXPECT_EQ(network.nodes[4].shape.channels, 2);
  EXPECT_EQ(network.nodes[8].shape.channels, 5);
}

TEST(Cells, AsMatricesArePrunedFirst) {
  const auto space = parsed_space("parameters: {channels: 5}\n" + kMatrix +
                                  "network: [{cell: c}]\nconstraints: [\"edges(c) <= 2\"]\n");
  // Node 1 does not reach the output: node 2 has it for itself.
  EXPECT_EQ(network_of(*space, {1, 0, 1, 0, 1, 0, 0, 1}).nodes[1].shape.channels, 5);
  EXPECT_THAT(decode_error(*space, {1, 0, 1, 1, 1, 0, 0, 1}), HasSubstr("edges.c = 4"));
  EXPECT_THAT(decode_error(*space, {1, 0, 0, 0, 0, 0, 0, 0}), HasSubstr("does not depend on the input"));
}

TEST(SplitWidths, FollowTheReferenceCode) {
  Adjacency matrix(5, std::vector<bool>(5));
  matrix[0][1] = matrix[1][2] = matrix[1][3] = matrix[2][4] = matrix[3][4] = true;
  ASSERT_TRUE(prune(matrix));
  EXPECT_THAT(split_widths(matrix, 16, 33), ElementsAre(16, 17, 17, 16, 33));
}

TEST(Crossover, TakesWholeCellsHalfOfTheTime) {
  const auto space = parsed_space(
      "cells:\n  a: {nodes: 3, edge: {choose: [identity, relu]}}\n  b: {nodes: 3, edge: {choose: [identity, relu]}}\n"
      "network: [{cell: a}, {cell: b}]\n");
  const Genotype zeros{std::vector<std::int32_t>(12, 0)};
  const Genotype ones{std::vector<std::int32_t>(12, 1)};
  Rng rng(1, 0, Stream::Test);
  int whole = 0;
  for (int i = 0; i < 1000; ++i) {
    const auto genes = space->crossover(zeros, ones, rng).genes;
    const auto uniform = [&](auto begin) { return std::equal(begin + 1, begin + 6, begin); };
    whole += uniform(genes.begin()) && uniform(genes.begin() + 6) ? 1 : 0;
  }
  EXPECT_NEAR(whole, 500, 80);  // five standard deviations
}

TEST(Constraints, AreMetBySamplesMutantsAndChildren) {
  const auto space = parsed_space(
      "network: [{conv: {channels: {choose: {from: 1, to: 20}}}}, {conv: {channels: {choose: {from: 1, to: 20}}}}]\n"
      "constraints: [\"conv_1.channels < conv_2.channels\", \"params <= 200\"]\n");
  Rng rng(1, 0, Stream::Test);
  Genotype parent = space->sample(rng);
  for (int i = 0; i < 200; ++i) {
    const Genotype sample = space->sample(rng);
    const Genotype child = space->crossover(space->mutate(parent, rng), sample, rng);
    for (const Genotype& genotype : {sample, child}) EXPECT_FALSE(space->violated(genotype)) << to_string(genotype);
    parent = child;
  }
}

TEST(Constraints, ThatNothingMeetsAreAnError) {
  const auto space = parsed_space("network: [{choose: [relu, tanh]}]\nconstraints: [\"params > 5\"]\n");
  Rng rng(1, 0, Stream::Test);
  const auto sample = space->try_sample(rng);
  ASSERT_FALSE(sample.ok());
  EXPECT_THAT(sample.error().message, HasSubstr("none of 10000 samples"));
  EXPECT_THAT(space_error("network: [relu]\nconstraints: [\"parms > 5\"]\n"), HasSubstr("did you mean 'params'?"));
}

const std::string kNamed =
    "network: [{conv: {channels: {choose: [2, 3]}}}, {repeat: {times: {choose: [1, 2]}, choices: own, body: [choose: "
    "[relu, "
    "tanh]]}}]\nparameters: {width: 1}\nhyperparameters: {learning_rate: {choose: [0.1, 0.2]}}\narchitectures:\n";

TEST(Architectures, NameGenesByPathsMapsAndLists) {
  const std::string text = kSpaceHead + kNamed +
                           "  a: {choices: {conv_1: {channels: 3}, repeat_1.times: 2, repeat_1: [tanh, relu]}, "
                           "parameters: {width: 7}, input: {channels: 2, size: [5]}}\n";
  const auto built = build_architecture(yaml_of(text), "A-");
  ASSERT_TRUE(built.ok()) << built.error().message;
  EXPECT_THAT(built->genotype.genes, ElementsAre(1, 1, 1, 0, 0));
  EXPECT_EQ(built->space->parameters()[0].second, 7);
  EXPECT_EQ(*built->space->input(), (Shape{2, 1, {5, 1, 1}}));
}

TEST(Architectures, ThatAreWrongSayWhere) {
  const auto error = [](const std::string& choices, const std::string& name = "a") {
    const auto built = build_architecture(yaml_of(kSpaceHead + kNamed + "  a: {choices: " + choices + "}\n"), name);
    return built.ok() ? "" : built.error().message;
  };
  EXPECT_THAT(error("{conv_1: {channels: 4}}"), HasSubstr("'conv_1.channels' has no option '4'"));
  EXPECT_THAT(error("{conv_1: {chanels: 3}}"), HasSubstr("did you mean 'conv_1.channels'?"));
  EXPECT_THAT(error("{conv_1.channels: 3, repeat_1.times: 2, repeat_1: [relu]}"),
              HasSubstr("leaves 1 gene open: repeat_1[1]"));
  EXPECT_THAT(error("{}", "b"), HasSubstr("no architecture 'b'"));
}

}  // namespace
}  // namespace nas
