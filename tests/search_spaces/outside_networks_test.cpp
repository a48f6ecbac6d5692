// Published networks that are not in the library, each written in the language as a reader of docs/spaces.md would.
// The counts are those of the PyTorch modules named in the files: all parameters, and the multiply-adds of
// convolutions and linear layers without their biases, counted by forward hooks on one image.

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

struct PublishedNetwork {
  std::string file;
  std::int64_t params;
  std::int64_t macs;
  std::int64_t units;        // elements of the output
  std::string changed = "";  // path of a parameter, or nothing
  std::string value = "";    // what it becomes
};

// The module scales each residual by a parameter a channel and hooks do not count that; the file writes it as a
// depthwise convolution, whose multiply-adds count: one an element of each residual's output.
constexpr std::int64_t kConvNextLayerScales =
    3 * 96 * 56 * 56 + 3 * 192 * 28 * 28 + 9 * 384 * 14 * 14 + 3 * 768 * 7 * 7;

const std::vector<PublishedNetwork>& published_networks() {
  static const std::vector<PublishedNetwork> networks = {
      {"convnext_tiny", 28'589'128, 4'455'531'264 + kConvNextLayerScales, 1000},
      {"densenet_bc_100_12", 769'162, 287'929'692, 10},
      {"densenet_bc_100_12", 176'122, 72'365'352, 10, "parameters.depth", "40"},
      {"dla34", 15'742'104, 3'060'043'776, 1000},
      {"dpn68", 12'611'602, 2'326'163'456, 1000},
      {"ghostnet", 5'182'508, 141'150'512, 1000},
      {"googlenet", 6'624'904, 1'498'376'192, 1000},
      {"hrnet_w18_small", 13'187'464, 1'601'508'352, 1000},
      {"inception_v3", 23'834'568, 5'713'216'096, 1000},
      {"mixnet_s", 4'134'606, 239'173'360, 1000},
      {"mobilenet_v3_small", 2'542'856, 56'510'400, 1000},
      {"pyramidnet_110_48", 1'772'706, 403'813'504, 10},
      {"regnet_y_400mf", 4'344'144, 401'842'848, 1000},
      {"res2net50_26w_4s", 25'699'120, 4'255'166'464, 1000},
      {"shufflenet_v1_g3", 1'865'728, 137'460'672, 1000},
      {"squeezenet_1_1", 1'235'496, 349'151'936, 1000},
      {"vgg16_bn", 138'365'992, 15'470'264'320, 1000},
      {"xception", 22'855'952, 8'357'403'496, 1000},
  };
  return networks;
}

void PrintTo(const PublishedNetwork& network, std::ostream* out) {
  *out << network.file << " " << network.changed << " " << network.value;
}

class OutsideNetwork : public ::testing::TestWithParam<PublishedNetwork> {};

TEST_P(OutsideNetwork, CountsAsThePublishedModule) {
  const PublishedNetwork& expected = GetParam();
  auto tree = read_yaml(std::string(NAS_NETWORKS_DIR) + "/" + expected.file + ".yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  if (!expected.changed.empty()) {
    const auto set = set_path(*tree, expected.changed, expected.value);
    ASSERT_TRUE(set.ok()) << set.error().message;
  }
  const auto space = TextSpace::make(*tree);
  ASSERT_TRUE(space.ok()) << space.error().message;
  EXPECT_TRUE((*space)->genes().empty());
  const auto network = (*space)->decode(Genotype{});
  ASSERT_TRUE(network.ok()) << network.error().message;
  const Cost cost = count_cost(*network);
  EXPECT_EQ(cost.params, expected.params);
  EXPECT_EQ(cost.macs, expected.macs);
  EXPECT_EQ(network->nodes[static_cast<std::size_t>(network->output)].shape, Shape{.channels = expected.units});
}

INSTANTIATE_TEST_SUITE_P(Published, OutsideNetwork, ::testing::ValuesIn(published_networks()));

// A file that no row names would be tested by nothing.
TEST(OutsideNetworks, EveryFileHasARow) {
  std::set<std::string> named;
  for (const auto& network : published_networks()) named.insert(network.file);
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(NAS_NETWORKS_DIR)) files.insert(entry.path().stem());
  EXPECT_EQ(named, files);
}

}  // namespace
}  // namespace nas
