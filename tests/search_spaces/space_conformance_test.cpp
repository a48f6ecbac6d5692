// Every space of the library, and a few with constructs that the library does not use yet.

#include "tests/search_spaces/space_conformance.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "nas/testing/gene_space.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

std::unique_ptr<TextSpace> must_load(const Result<YamlNode>& tree) {
  if (!tree) throw Exception(tree.error().message);
  auto space = TextSpace::make(*tree);
  if (!space) throw Exception(space.error().message);
  return std::move(*space);
}

std::vector<std::string> library_files() {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(NAS_LIBRARY_DIR)) files.push_back(entry.path());
  return files;
}

class LibrarySpaces : public ::testing::TestWithParam<std::string> {};

TEST_P(LibrarySpaces, KeepTheLaws) {
  const auto space = must_load(read_yaml(GetParam()));
  EXPECT_FALSE(space->source().empty()) << "a library file names its source";
  if (space->has_network()) {
    const auto checked = check_networks(*space);
    EXPECT_TRUE(checked.ok()) << checked.error().message;
  }
  expect_space_laws(*space, 40);
}

INSTANTIATE_TEST_SUITE_P(All, LibrarySpaces, ::testing::ValuesIn(library_files()), [](const auto& test) {
  return std::filesystem::path(test.param).stem().string();
});

class WrittenSpaces : public ::testing::TestWithParam<const char*> {};

TEST_P(WrittenSpaces, KeepTheLaws) { expect_space_laws(*must_load(parse_yaml(GetParam(), "space.yaml")), 3000); }

INSTANTIATE_TEST_SUITE_P(All, WrittenSpaces, ::testing::Values(
R"(space: nested
input: {channels: 4, size: [8, 8]}
blocks:
  b: {parameters: {k: 3}, body: [{conv: {kernel: "${k}"}}, {choose: [relu, [tanh, choose: [silu, gelu, relu6]]]}]}
network:
  - repeat: {times: {choose: {from: 0, to: 4}}, choices: own, body: [{b: {k: {choose: [1, 3, 5]}}}]}
  - choose: [b, relu]
)",
R"(space: cells of 1-D signals
input: {channels: 2, size: [50]}
cells: {c: {nodes: 3, edge: {choose: [none, identity, [conv, batch_norm], max_pool]}, node: [choose: [relu, tanh]]}}
network: [{conv: {channels: {choose: [4, 8]}}}, {cell: c}, {cell: {use: c, choices: own}}, global_average_pool, {linear: {units: 4}}]
hyperparameters: {learning_rate: {choose: {from: 1e-3, to: 1e-1, steps: 5, log: true}}}
)",
R"(space: vectors
input: {channels: 30}
network:
  - repeat: {times: {choose: {from: 1, to: 6}}, choices: own, body: [{linear: {units: {choose: [16, 32, 64]}}}, relu, {dropout: {rate: {choose: [0, 0.2]}}}]}
)",
R"(space: genes alone
choices: {a: {choose: [x, y, z], weights: [1, 0, 3]}, b: {choose: {from: 1, to: 9}}}
hyperparameters: {momentum: {choose: [0.8, 0.9]}}
)"));

TEST(GeneSpaces, KeepTheLaws) {
  expect_space_laws(testing::GeneSpace(testing::plain_genes(5, 4)), 3000);
  expect_space_laws(testing::GeneSpace(testing::nested_genes()), 3000);
}

}  // namespace
}  // namespace nas
