// The library's named architectures against published counts. 1 MAC: a multiplication of a convolution
// or a linear layer; auxiliary heads do not count.

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

struct Published {
  std::string_view file;
  std::string_view architecture;
  std::int64_t params = 0;
  std::int64_t macs = 0;
  // What the source rounds to.
  std::int64_t params_unit = 1;
  std::int64_t macs_unit = 1;
};

constexpr std::int64_t kTenThousand = 10'000;       // "500.99 M"
constexpr std::int64_t kHundredThousand = 100'000;  // "5.3 M"
constexpr std::int64_t kMillion = 1'000'000;

// Exact ones: PyTorch's modules as torchvision 0.26 and timm 1.0.31 build them, counted layer by layer.
constexpr Published kTorchvision[] = {
    {"resnet", "resnet18", 11'689'512, 1'814'073'344},
    {"resnet", "resnet34", 21'797'672, 3'663'761'408},
    {"resnet", "resnet50", 25'557'032, 4'089'184'256},
    {"resnet", "resnet101", 44'549'160, 7'801'405'440},
    {"resnet", "resnet152", 60'192'808, 11'513'626'624},
    {"resnet", "resnext50_32x4d", 25'028'904, 4'230'479'872},
    {"resnet", "wide_resnet50_2", 68'883'240, 11'398'021'120},
    {"densenet", "densenet121", 7'978'856, 2'834'161'664},
    {"densenet", "densenet169", 14'149'480, 3'359'843'328},
    {"densenet", "densenet201", 20'013'928, 4'291'365'888},
    {"densenet", "densenet161", 28'681'000, 7'727'907'072},
    {"shufflenet", "shufflenet_v2_x0_5", 1'366'792, 40'476'448},
    {"shufflenet", "shufflenet_v2_x1_0", 2'278'604, 144'907'992},
    {"shufflenet", "shufflenet_v2_x1_5", 3'503'624, 295'759'392},
    {"shufflenet", "shufflenet_v2_x2_0", 7'393'996, 583'253'464},
    {"mobilenet_v3", "mobilenet_v3_large", 5'483'032, 216'589'760},
    {"mbconv", "mobilenet_v2", 3'504'872, 300'774'272},
    {"mbconv", "mnasnet_a1", 3'887'038, 311'579'072},
    {"mbconv", "mnasnet_b1", 4'383'312, 314'415'872},
    {"mbconv", "efficientnet_b0", 5'288'548, 385'814'752},
    {"mbconv", "efficientnet_b1", 7'794'184, 686'802'832},
    {"mbconv", "efficientnet_b2", 9'109'994, 993'561'872},
    {"mbconv", "efficientnet_b3", 12'233'232, 1'827'141'392},
    {"mbconv", "efficientnet_b4", 19'341'616, 4'393'771'024},
    {"mbconv", "efficientnet_b5", 30'389'784, 10'266'384'752},
    {"mbconv", "efficientnet_b6", 43'040'704, 19'067'593'536},
    {"mbconv", "efficientnet_b7", 66'347'960, 37'745'884'192},
    {"nasnet", "NASNet_A_large", 88'753'150, 23'783'414'658},
};

// Networks for CIFAR and their ImageNet relatives, from their papers' code.
constexpr Published kPapers[] = {
    {"resnet", "resnet20", 269'722, 40'551'040},
    {"resnet", "resnet56", 853'018, 125'485'696},
    {"resnet", "resnet110", 1'727'962, 252'887'680},
    {"resnet", "wrn_28_10", 36'479'194, 5'243'328'768},
    {"darts", "DARTS_V1", 3'169'414, 500'990'000, 1, kTenThousand},
    {"darts", "DARTS_V2", 3'349'342, 528'360'000, 1, kTenThousand},
    {"darts", "DARTS_V2_imagenet", 4'718'752, 529'911'552},
    {"nasnet", "NASNet_A_mobile", 5'300'000, 564'000'000, kHundredThousand, kMillion},
    {"amoebanet", "AmoebaNet_A_mobile", 5'100'000, 555'000'000, kHundredThousand, kMillion},
    // Huang et al.'s PyTorch code with --nBlocks 10 --base 4 --step 2 --nChannels 16.
    {"multi_scale_dense", "msdnet_cifar10", 4'839'544, 120'971'776},
};

// Params alone: table 2 of Huang et al. 2017; the "trainable parameters" of NAS-Bench-101's records.
constexpr Published kParams[] = {
    {"densenet", "densenet_40_12", 1'000'000, 0, kHundredThousand},
    {"densenet", "densenet_bc_100_12", 800'000, 0, kHundredThousand},
    {"nas_bench_101", "best_cifar10", 32'426'634},
    {"nas_bench_101", "inception_like", 2'694'282},
};

const YamlNode& library_file(std::string_view name) {
  static std::map<std::string, YamlNode, std::less<>> files;
  if (const auto found = files.find(name); found != files.end()) return found->second;
  auto tree = read_yaml(std::string(NAS_LIBRARY_DIR) + "/" + std::string(name) + ".yaml");
  if (!tree) throw Exception(tree.error().message);
  return files.emplace(name, std::move(*tree)).first->second;
}

Network build(std::string_view file, std::string_view architecture, SpaceOverrides overrides = {}) {
  const auto built = build_architecture(library_file(file), std::string(architecture), std::move(overrides));
  if (!built) throw Exception(built.error().message);
  auto network = built->space->decode(built->genotype);
  if (!network) throw Exception(network.error().message);
  return std::move(*network);
}

std::int64_t rounded(std::int64_t count, std::int64_t unit) { return (count + unit / 2) / unit * unit; }

void expect_counts(const Published& row) {
  SCOPED_TRACE(std::string(row.file) + ": " + std::string(row.architecture));
  const Cost cost = count_cost(build(row.file, row.architecture));
  EXPECT_EQ(rounded(cost.params, row.params_unit), row.params);
  if (row.macs > 0) {
    EXPECT_EQ(rounded(cost.macs, row.macs_unit), row.macs);
  }
}

TEST(LibraryCounts, AreThoseOfPyTorchsModels) {
  for (const Published& row : kTorchvision) expect_counts(row);
}

TEST(LibraryCounts, AreThoseOfThePapers) {
  for (const Published& row : kPapers) expect_counts(row);
  for (const Published& row : kParams) expect_counts(row);
}

// What the data of a search would set.
TEST(LibraryCounts, FollowTheDatasClassesAndChannels) {
  SpaceOverrides grey;
  grey.input = Shape{1, 2, {28, 28, 1}};
  grey.classes = 47;
  const Network network = build("resnet", "resnet20", grey);
  EXPECT_EQ(network.shape_of(network.output), (Shape{47, 0, {1, 1, 1}}));
  // Two input channels fewer for 16 filters of 3x3, 37 outputs more of 64 weights and a bias.
  EXPECT_EQ(count_cost(network).params, 269'722 - 2 * 9 * 16 + 37 * 65);
}

// Option A adds no weights: every convolution is 3x3, and the shortcut halves the map and pads.
TEST(LibraryCounts, ZeroPaddingShortcutsHaveNoWeights) {
  const Network network = build("resnet", "resnet20");
  std::int64_t convolutions = 0;
  std::int64_t pointwise = 0;
  std::int64_t zeros = 0;
  for (const Node& node : network.nodes) {
    convolutions += node.op == Op::Conv ? 1 : 0;
    zeros += node.op == Op::Zero ? node.shape.channels : 0;
    pointwise += node.op == Op::Conv && node.attributes.kernel[0] == 1 ? 1 : 0;
  }
  EXPECT_EQ(convolutions, 19);
  EXPECT_EQ(pointwise, 0);
  EXPECT_EQ(zeros, 16 + 32);
}

TEST(LibraryCounts, ExitsOfMsdnetCostMoreOneByOne) {
  const Network network = build("multi_scale_dense", "msdnet_cifar10");
  ASSERT_EQ(network.exits.size(), 9U);
  std::int64_t before = 0;
  for (std::size_t i = 0; i < network.exits.size(); ++i) {
    const Exit& exit = network.exits[i];
    EXPECT_EQ(exit.name, "exit" + std::to_string(4 + 2 * i));  // the layer that it follows
    EXPECT_FALSE(exit.auxiliary);
    EXPECT_EQ(network.shape_of(exit.node), network.shape_of(network.output));
    const std::int64_t macs = count_cost_to(network, exit.node).macs;
    EXPECT_GT(macs, before);
    before = macs;
  }
  EXPECT_GT(count_cost_to(network, network.output).macs, before);
}

}  // namespace
}  // namespace nas
