// What cells know of their two inputs, and what they concatenate.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

/// A cell of two nodes, of which the second reads the first, each input and node 1 channel wide.
std::string space_text(const std::string& prepare, const std::string& output) {
  return "space: t\ninput: {channels: 1, size: [8, 8]}\n"
         "cells:\n"
         "  c:\n"
         "    inputs: 2\n"
         "    prepare: " +
         prepare +
         "\n    nodes: 2\n"
         "    takes: {choose: 1, repeated: true}\n"
         "    edge: [relu]\n"
         "    output: " +
         output + "\nnetwork: [{cell: c}]\n";
}

Result<Network> network_of(const std::string& text, const std::vector<std::int32_t>& genes) {
  const auto tree = parse_yaml(text, "space.yaml");
  if (!tree) return tree.error();
  const auto space = TextSpace::make(*tree);
  if (!space) return space.error();
  return (*space)->decode(Genotype{genes});
}

std::int64_t channels_of(const std::string& output, const std::vector<std::int32_t>& genes) {
  const auto network = network_of(space_text("[relu]", output), genes);
  EXPECT_TRUE(network.ok()) << (network.ok() ? "" : network.error().message);
  return network.ok() ? network->nodes[static_cast<std::size_t>(network->output)].shape.channels : 0;
}

// Node 2 reads input 0, node 3 reads node 2: the newest input and node 3 are unread.
TEST(CellOutput, AlsoConcatenatesNodesThatAreRead) {
  EXPECT_EQ(channels_of("{concat: unused}", {0, 2}), 2);
  EXPECT_EQ(channels_of("{concat: unused, also: [0]}", {0, 2}), 3);
  EXPECT_EQ(channels_of("{concat: unused, also: [0, 2]}", {0, 2}), 4);
  EXPECT_EQ(channels_of("{concat: unused, also: [1, 3]}", {0, 2}), 2) << "once, though unread as well";
}

TEST(CellOutput, AlsoNamesNodesOfTheCell) {
  const auto missing = network_of(space_text("[relu]", "{concat: unused, also: [4]}"), {0, 2});
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("space.yaml:10"));
  EXPECT_THAT(missing.error().message, HasSubstr("also: expected a whole number from 0 to 3"));
  const auto useless = network_of(space_text("[relu]", "{concat: all, also: [0]}"), {0, 2});
  ASSERT_FALSE(useless.ok());
  EXPECT_THAT(useless.error().message, HasSubstr("need {concat: unused}"));
}

TEST(CellPrepare, KnowsTheOlderInput) {
  const std::string prepare = "[{conv: {channels: \"${older ? 3 : 5}\"}}]";
  const auto network = network_of(space_text(prepare, "{concat: unused, also: [0, 1]}"), {0, 1});
  ASSERT_TRUE(network.ok()) << network.error().message;
  EXPECT_EQ(network->nodes[static_cast<std::size_t>(network->output)].shape.channels, 3 + 5 + 3 + 5);
}

}  // namespace
}  // namespace nas
