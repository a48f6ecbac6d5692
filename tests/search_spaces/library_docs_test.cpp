// docs/library.md and its pictures: what ships, from the files themselves.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nas/picture/svg.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr const char* kRemedy = "run this test with NAS_WRITE_DOCS=1 and review the difference";

std::string text_of(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

void expect_document(const std::string& name, const std::string& expected) {
  const fs::path path = fs::path(NAS_DOCS_DIR) / name;
  const char* write = std::getenv("NAS_WRITE_DOCS");
  if (write != nullptr && std::string(write) == "1") std::ofstream(path) << expected;
  EXPECT_EQ(text_of(path), expected) << kRemedy;
}

YamlNode tree_of(const std::string& name) {
  const auto tree = read_yaml(fs::path(NAS_LIBRARY_DIR) / (name + ".yaml"));
  EXPECT_TRUE(tree.ok()) << name;
  return tree.ok() ? *tree : YamlNode{};
}

std::vector<std::string> library() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(NAS_LIBRARY_DIR)) names.push_back(entry.path().stem());
  std::sort(names.begin(), names.end());
  return names;
}

std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t at = digits.size(); at > 3;) digits.insert(at -= 3, ",");
  return digits;
}

std::string section(const std::string& name) {
  const YamlNode tree = tree_of(name);
  const auto space = TextSpace::make(tree);
  if (!space) return space.error().message;
  std::string source = (*space)->source();
  if (source.ends_with('.')) source.pop_back();
  std::string text = fmt::format("\n## {}\n\n{}.\n\n", name, source);
  if ((*space)->architectures().empty()) return text;
  text += "| architecture | input | params | MACs |\n|---|---|--:|--:|\n";
  for (const std::string& architecture : (*space)->architectures()) {
    const auto built = build_architecture(tree, architecture);
    EXPECT_TRUE(built.ok()) << built.error().message;
    const Network network = *built->space->decode(built->genotype);
    const Cost cost = count_cost(network);
    text += fmt::format("| {} | {} | {} | {} |\n", architecture, to_string(network.nodes.front().shape),
                        grouped(cost.params), grouped(cost.macs));
  }
  return text;
}

TEST(LibraryDocs, PageIsUpToDate) {
  std::string page =
      "# The library of search spaces\n\nGenerated from `search_spaces/library/`. 1 MAC is what EfficientNet, NASNet "
      "and DARTS call a FLOP: convolutions and linear layers, on one example. `nas space cost SPACE --architecture "
      "all` "
      "shows memory and depth too.\n\n![NASNet-A's normal cell](pictures/nasnet_normal.svg)\n";
  for (const std::string& name : library()) page += section(name);
  expect_document("library.md", page);
}

TEST(LibraryDocs, PicturesAreUpToDate) {
  const auto nasnet = build_architecture(tree_of("nasnet"), "NASNet_A_large");
  ASSERT_TRUE(nasnet.ok());
  const auto decoded = nasnet->space->decode_cells(nasnet->genotype);
  ASSERT_TRUE(decoded.ok());
  const auto normal = std::ranges::find(decoded->cells, "normal", &CellGraph::name);
  ASSERT_NE(normal, decoded->cells.end());
  expect_document("pictures/nasnet_normal.svg", to_svg(picture_of(*normal)));
  const auto resnet = build_architecture(tree_of("resnet"), "resnet50");
  ASSERT_TRUE(resnet.ok());
  expect_document("pictures/resnet50.svg", to_svg(picture_of(*resnet->space->decode(resnet->genotype), "ResNet-50")));
}

}  // namespace
}  // namespace nas
