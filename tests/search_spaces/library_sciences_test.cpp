// Spaces for tables, signals, patches, segmentation and restoration: published counts, and sizes of
// inputs that are not the file's own.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "search_spaces/text_space.h"

namespace nas {
namespace {

YamlNode library_file(const std::string& name) {
  auto tree = read_yaml(std::string(NAS_LIBRARY_DIR) + "/" + name + ".yaml");
  if (!tree) throw Exception(tree.error().message);
  return std::move(*tree);
}

Network published(const std::string& file, const std::string& architecture) {
  const auto build = build_architecture(library_file(file), architecture);
  if (!build) throw Exception(build.error().message);
  return build->space->decode(build->genotype).value();
}

std::int64_t params(const std::string& file, const std::string& architecture) {
  return count_cost(published(file, architecture)).params;
}

TEST(LibrarySciences, UNetsHaveTheParametersOfTheirPapers) {
  // Figure 1's 23 convolutions with their biases.
  EXPECT_EQ(params("unet", "ronneberger_2015"), 31'030'658);
  EXPECT_EQ(count_cost(published("unet", "ronneberger_2015")).layers, 23);
  // "The architecture has 19069955 parameters in total", section 2.
  EXPECT_EQ(params("unet", "cicek_2016"), 19'069'955);
}

TEST(LibrarySciences, MixedScaleDenseHasOneFilterForEachEarlierMap) {
  // Layer i reads 3 + i maps by 9 weights each and a bias; 11 classes read all 103. The paper says 48 K.
  std::int64_t expected = 11 * (103 + 1);
  for (int i = 0; i < 100; ++i) expected += 9 * (3 + i) + 1;
  EXPECT_EQ(params("mixed_scale_dense", "depth_100"), expected);
  EXPECT_EQ(expected, 48'494);

  const Network network = published("mixed_scale_dense", "depth_100");
  std::vector<std::int32_t> dilations;
  for (const Node& node : network.nodes) {
    if (node.op == Op::Conv && node.attributes.kernel[0] == 3) dilations.push_back(node.attributes.dilation[0]);
  }
  ASSERT_EQ(dilations.size(), 100U);
  for (std::size_t i = 0; i < dilations.size(); ++i) EXPECT_EQ(dilations[i], 1 + static_cast<int>(i) % 10) << i;
}

TEST(LibrarySciences, DilationsGoOnFromChannelToChannel) {
  const auto space = TextSpace::make(library_file("mixed_scale_dense")).value();
  Genotype genotype{std::vector<std::int32_t>(space->genes().size(), 0)};
  genotype.genes[1] = 2;  // width 3
  genotype.genes[2] = 2;  // cycle 5
  const Network network = space->decode(genotype).value();
  std::vector<std::int32_t> dilations;
  std::vector<std::int64_t> reads;
  for (const Node& node : network.nodes) {
    if (node.op != Op::Conv || node.attributes.kernel[0] != 3) continue;
    dilations.push_back(node.attributes.dilation[0]);
    reads.push_back(network.shape_of(node.inputs[0]).channels);
  }
  ASSERT_EQ(dilations.size(), 30U);
  EXPECT_EQ(std::vector(dilations.begin(), dilations.begin() + 7), (std::vector<std::int32_t>{1, 2, 3, 4, 5, 1, 2}));
  // Channels of one layer read the same maps.
  EXPECT_EQ(std::vector(reads.begin(), reads.begin() + 7), (std::vector<std::int64_t>{1, 1, 1, 4, 4, 4, 7}));
}

TEST(LibrarySciences, EcgHasThirtyFourLayers) {
  const Cost cost = count_cost(published("ecg_1d", "hannun_2019"));
  EXPECT_EQ(cost.params, 10'466'148);  // of the authors' Keras model for four classes
  EXPECT_EQ(cost.layers, 34);
}

TEST(LibrarySciences, DenoisersHaveTheirFilters) {
  // 28 of 128 x 128 x 9, one from and one to a single channel, biases.
  EXPECT_EQ(params("denoising_autoencoder", "red30"), 28 * 128 * 128 * 9 + 2 * 128 * 9 + 29 * 128 + 1);
  EXPECT_EQ(count_cost(published("denoising_autoencoder", "red30")).layers, 30);
  // 18 of 64 x 64 x 9 with batch normalisation, one from and one to a single channel.
  EXPECT_EQ(params("denoising_autoencoder", "dncnn_b"), 18 * (64 * 64 * 9 + 2 * 64) + 2 * 64 * 9);
  EXPECT_EQ(count_cost(published("denoising_autoencoder", "dncnn_b")).layers, 20);
}

TEST(LibrarySciences, FunnelHalvesItsUnits) {
  std::int64_t expected = 32 * 2 + 2;
  for (std::int64_t units = 4096, inputs = 64; units >= 32; inputs = units, units /= 2) {
    expected += inputs * units + units + 2 * units;
  }
  EXPECT_EQ(params("mlp_tabular", "funnel"), expected);
}

/// Every sample builds for this input; `output` is its shape there.
void expect_outputs(const std::string& file, const Shape& input, const Shape& output) {
  SCOPED_TRACE(file + " on " + to_string(input));
  SpaceOverrides overrides;
  overrides.input = input;
  overrides.classes = 5;
  const auto space = TextSpace::make(library_file(file), overrides).value();
  Rng rng(7, 0, Stream::Test);
  for (int i = 0; i < 50; ++i) {
    const Genotype genotype = space->sample(rng);
    const auto network = space->decode(genotype);
    ASSERT_TRUE(network.ok()) << to_string(genotype) << ": " << network.error().message;
    ASSERT_EQ(network->shape_of(network->output), output) << to_string(genotype);
  }
}

Shape signal(std::int64_t channels, std::int64_t length) { return {channels, 1, {length, 1, 1}}; }
Shape image(std::int64_t channels, std::int64_t side) { return {channels, 2, {side, side, 1}}; }
Shape volume(std::int64_t channels, std::int64_t side) { return {channels, 3, {side, side, side}}; }

TEST(LibrarySciences, SegmentationKeepsAnySize) {
  for (const std::string file : {"unet", "mixed_scale_dense"}) {
    expect_outputs(file, signal(2, 75), signal(5, 75));
    expect_outputs(file, image(3, 50), image(5, 50));
    expect_outputs(file, image(1, 13), image(5, 13));
    expect_outputs(file, volume(1, 17), volume(5, 17));
  }
  expect_outputs("unet", {3, 2, {96, 64, 1}}, {5, 2, {96, 64, 1}});
}

TEST(LibrarySciences, RestorationKeepsTheShape) {
  for (const Shape& shape : {signal(2, 75), image(3, 50), image(1, 13), volume(1, 17)}) {
    expect_outputs("denoising_autoencoder", shape, shape);
  }
}

TEST(LibrarySciences, NothingIsTooSmallToClassify) {
  const Shape classes{5, 0, {1, 1, 1}};
  for (const std::int64_t side : {1, 2, 7, 50, 100}) {
    expect_outputs("tissue_patches", image(3, side), classes);
    expect_outputs("ecg_1d", signal(12, side), classes);
  }
  expect_outputs("mlp_tabular", {30, 0, {1, 1, 1}}, classes);
  expect_outputs("mlp_tabular", image(1, 28), classes);
}

}  // namespace
}  // namespace nas
