// Spaces from text, for tests of the language.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "nas/operation.h"
#include "search_spaces/text_space.h"

namespace nas {

inline const std::string kSpaceHead = "space: t\ninput: {channels: 4, size: [8, 8]}\n";

inline YamlNode yaml_of(const std::string& text) {
  auto tree = parse_yaml(text, "space.yaml");
  EXPECT_TRUE(tree.ok()) << (tree.ok() ? "" : tree.error().message);
  return tree.ok() ? *tree : YamlNode{};
}

/// `text` goes on after kSpaceHead.
inline std::unique_ptr<TextSpace> parsed_space(const std::string& text, const SpaceOverrides& overrides = {}) {
  auto space = TextSpace::make(yaml_of(kSpaceHead + text), overrides);
  EXPECT_TRUE(space.ok()) << (space.ok() ? "" : space.error().message);
  return space.ok() ? std::move(*space) : nullptr;
}

inline std::string space_error(const std::string& text) {
  const auto space = TextSpace::make(yaml_of(kSpaceHead + text));
  return space.ok() ? "" : space.error().message;
}

inline Network network_of(const TextSpace& space, const std::vector<std::int32_t>& genes = {}) {
  const auto network = space.decode(Genotype{genes});
  EXPECT_TRUE(network.ok()) << (network.ok() ? "" : network.error().message);
  return network.ok() ? *network : make_network(Shape{1, 0, {1, 1, 1}});
}

inline std::string decode_error(const TextSpace& space, const std::vector<std::int32_t>& genes = {}) {
  const auto network = space.decode(Genotype{genes});
  return network.ok() ? "" : network.error().message;
}

inline std::vector<std::string> operation_names(const Network& network) {
  std::vector<std::string> names;
  for (const Node& node : network.nodes) names.emplace_back(operation(node.op).name);
  return names;
}

inline std::vector<std::string> names_of_genes(const TextSpace& space) {
  std::vector<std::string> names;
  for (const Gene& gene : space.genes()) names.push_back(gene.name);
  return names;
}

}  // namespace nas
