#include "trainer/augmentation.h"

#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <map>
#include <set>

namespace nas {
namespace {

constexpr std::int64_t kHeight = 5;
constexpr std::int64_t kWidth = 4;
const Shape kImage{.channels = 2, .dims = 2, .size = {kHeight, kWidth, 1}};

/// `count` copies of one record whose elements are 1, 2, 3 and so on.
AugmentedBatch copies(std::int64_t count, std::vector<std::int64_t> sizes) {
  std::int64_t elements = 1;
  for (const std::int64_t size : sizes) elements *= size;
  sizes.insert(sizes.begin(), count);
  const at::Tensor one = at::arange(1, elements + 1, at::kLong).to(at::kByte);
  return {.inputs = one.expand({count, elements}).contiguous().view(sizes), .targets = at::zeros({count}, at::kLong)};
}

AugmentedBatch augmented(AugmentedBatch batch, const AugmentationOptions& options, const Shape& input,
                         std::uint64_t key = 1) {
  Rng rng(key, 1, Stream::Test);
  augment(batch, options, input, AugmentationStage::Stored, rng);
  augment(batch, options, input, AugmentationStage::Normalised, rng);
  return batch;
}

std::int64_t at_place(const at::Tensor& image, std::int64_t channel, std::int64_t y, std::int64_t x) {
  if (y < 0 || y >= kHeight || x < 0 || x >= kWidth) return 0;
  return image[channel][y][x].item<std::int64_t>();
}

TEST(Augmentation, NothingByDefault) {
  const AugmentedBatch before = copies(3, {2, kHeight, kWidth});
  const AugmentedBatch after = augmented(before, {}, kImage);
  EXPECT_TRUE(after.inputs.equal(before.inputs));
  EXPECT_FALSE(after.other_targets.defined());
}

/// Every image of an augmented batch is one of the windows that the definition allows.
TEST(Augmentation, CropsAndMirrorsByTheDefinition) {
  constexpr std::int64_t kPadding = 2;
  constexpr std::int64_t kDraws = 600;
  const AugmentedBatch before = copies(kDraws, {2, kHeight, kWidth});
  const AugmentedBatch after = augmented(before, {.crop_padding = kPadding, .flip = true}, kImage);
  std::map<std::tuple<std::int64_t, std::int64_t, bool>, int> seen;
  for (std::int64_t i = 0; i < kDraws; ++i) {
    int matches = 0;
    for (std::int64_t place = 0; place < 50; ++place) {
      const std::int64_t top = place % 5 - kPadding;
      const std::int64_t left = place / 5 % 5 - kPadding;
      const bool mirrored = place >= 25;
      at::Tensor expected = at::zeros_like(before.inputs[0]);
      for (std::int64_t c = 0; c < 2; ++c) {
        for (std::int64_t y = 0; y < kHeight; ++y) {
          for (std::int64_t x = 0; x < kWidth; ++x) {
            const std::int64_t from = mirrored ? kWidth - 1 - x : x;
            expected.mutable_data_ptr<std::uint8_t>()[(c * kHeight + y) * kWidth + x] =
                static_cast<std::uint8_t>(at_place(before.inputs[0], c, y + top, from + left));
          }
        }
      }
      if (!after.inputs[i].equal(expected)) continue;
      ++matches;
      ++seen[{top, left, mirrored}];
    }
    ASSERT_EQ(matches, 1) << "image " << i;
  }
  // 50 equally likely windows, 12 times each on average: each is seen (missed with 6e-6 each).
  EXPECT_EQ(seen.size(), 50U);
}

TEST(Augmentation, FlipsAndCropsOnlyIfAsked) {
  const AugmentedBatch before = copies(50, {1, kHeight, kWidth});
  const at::Tensor flipped = augmented(before, {.flip = true}, kImage).inputs;
  std::set<int> corners;
  for (std::int64_t i = 0; i < 50; ++i) corners.insert(flipped[i][0][0][0].item<int>());
  EXPECT_EQ(corners, (std::set<int>{1, kWidth}));
  const at::Tensor cropped = augmented(before, {.crop_padding = 1}, kImage).inputs;
  for (std::int64_t i = 0; i < 50; ++i) {
    EXPECT_EQ(cropped[i][0][2][2].item<int>(), cropped[i][0][2][1].item<int>() + 1) << "never mirrored";
  }
}

TEST(Augmentation, MapsMoveWithTheirImages) {
  AugmentedBatch batch = copies(60, {1, kHeight, kWidth});
  batch.targets = batch.inputs.clone();
  batch.moving = true;
  batch.padding = kVoidClass;
  const AugmentedBatch after = augmented(batch, {.crop_padding = 2, .flip = true}, kImage);
  const at::Tensor outside = after.targets.eq(std::int64_t{kVoidClass});
  EXPECT_TRUE(outside.any().item<bool>());
  EXPECT_TRUE(after.inputs.eq(0).equal(outside));
  EXPECT_TRUE(after.targets.masked_fill(outside, 0).equal(after.inputs));
}

/// All four, as torch's rot90.
TEST(Augmentation, QuarterTurns) {
  AugmentedBatch batch = copies(64, {2, 3, 3});
  const at::Tensor one = batch.inputs[0];
  const at::Tensor turned =
      augmented(batch, {.quarter_turns = true}, {.channels = 2, .dims = 2, .size = {3, 3, 1}}).inputs;
  std::array<int, 4> seen{};
  for (std::int64_t i = 0; i < 64; ++i) {
    int matches = 0;
    for (std::int64_t turns = 0; turns < 4; ++turns) {
      if (!turned[i].equal(at::rot90(one, turns, {1, 2}))) continue;
      ++seen[static_cast<std::size_t>(turns)];
      ++matches;
    }
    ASSERT_EQ(matches, 1);
  }
  for (const int times : seen) EXPECT_GT(times, 4);
}

TEST(Augmentation, SignalsAreShiftedAndZerosMoveIn) {
  const at::Tensor shifted =
      augmented(copies(80, {1, 9}), {.time_shift = 3}, {.channels = 1, .dims = 1, .size = {9, 1, 1}}).inputs;
  std::set<int> starts;
  for (std::int64_t i = 0; i < 80; ++i) {
    const int middle = shifted[i][0][4].item<int>();
    starts.insert(middle - 5);
    for (std::int64_t t = 0; t < 9; ++t) {
      const std::int64_t source = t + middle - 5;
      EXPECT_EQ(shifted[i][0][t].item<std::int64_t>(), source >= 0 && source < 9 ? source + 1 : 0);
    }
  }
  EXPECT_EQ(starts, (std::set<int>{-3, -2, -1, 0, 1, 2, 3}));
}

TEST(Augmentation, CutoutTakesASquareAroundAPixel) {
  AugmentedBatch batch{.inputs = at::ones({200, 2, 6, 7}), .targets = at::zeros({200}, at::kLong)};
  const at::Tensor cut = augmented(batch, {.cutout = 3}, {.channels = 2, .dims = 2, .size = {6, 7, 1}}).inputs;
  std::map<std::int64_t, int> sizes;
  for (std::int64_t i = 0; i < 200; ++i) {
    EXPECT_TRUE(cut[i][0].equal(cut[i][1]));
    ++sizes[cut[i][0].eq(0).sum().item<std::int64_t>()];
  }
  // 3x3 within, 2x3 at an edge, 2x2 in a corner.
  for (const auto& [size, times] : sizes) EXPECT_TRUE(size == 9 || size == 6 || size == 4) << size;
  EXPECT_EQ(sizes.size(), 3U);
}

TEST(Augmentation, MixupMixesInputsAndKeepsBothTargets) {
  AugmentedBatch batch{.inputs = at::arange(32, at::kFloat).view({8, 4}), .targets = at::arange(8, at::kLong)};
  const AugmentedBatch mixed = augmented(batch, {.mixup = 0.5}, {.channels = 4});
  EXPECT_GE(mixed.share, 0);
  EXPECT_LE(mixed.share, 1);
  EXPECT_TRUE(mixed.targets.equal(batch.targets));
  const at::Tensor expected =
      batch.inputs * mixed.share + batch.inputs.index_select(0, mixed.other_targets) * (1 - mixed.share);
  EXPECT_TRUE(mixed.inputs.allclose(expected, 1e-6, 1e-6));
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 2000;
  for (int i = 0; i < kDraws; ++i) {
    const double share = augmented(batch, {.mixup = 0.5}, {.channels = 4}, static_cast<std::uint64_t>(i + 10)).share;
    sum += share;
    squares += share * share;
  }
  // Beta(1/2, 1/2): mean 1/2, variance 1/8.
  EXPECT_NEAR(sum / kDraws, 0.5, 0.03);
  EXPECT_NEAR(squares / kDraws - std::pow(sum / kDraws, 2), 0.125, 0.01);
}

TEST(Augmentation, ColoursStayInTheirRangeAndChangeByRecord) {
  AugmentedBatch batch = copies(100, {3, 4, 4});
  batch.largest = 255;
  batch.inputs = batch.inputs * 5;
  const Shape colour{.channels = 3, .dims = 2, .size = {4, 4, 1}};
  const at::Tensor jittered = augmented(batch, {.colour_jitter = 0.5}, colour).inputs;
  EXPECT_EQ(jittered.scalar_type(), at::kFloat);
  EXPECT_GE(jittered.min().item<double>(), 0);
  EXPECT_LE(jittered.max().item<double>(), 255);
  EXPECT_FALSE(jittered[0].equal(jittered[1]));
  // Without clamping the mean shade changes by the brightness alone: factors from 0.5 to 1.5.
  batch.largest = 0;
  const at::Tensor free = augmented(batch, {.colour_jitter = 0.5}, colour).inputs;
  const at::Tensor weights = at::empty({3, 1, 1}, at::kFloat);
  weights[0] = 0.299;
  weights[1] = 0.587;
  weights[2] = 0.114;
  const at::Tensor shade = (free * weights).sum({1, 2, 3}) / (batch.inputs[0] * weights).sum();
  EXPECT_GT(shade.min().item<double>(), 0.499);
  EXPECT_LT(shade.max().item<double>(), 1.501);
  EXPECT_GT(shade.std().item<double>(), 0.2);
}

TEST(Augmentation, NoiseIsNormalAndOfItsOwnStream) {
  AugmentedBatch batch{.inputs = at::zeros({100, 100}), .targets = at::zeros({100}, at::kLong)};
  at::manual_seed(7);
  const double before = at::rand({1}).item<double>();
  at::manual_seed(7);
  const at::Tensor noise = augmented(batch, {.input_noise = 0.5}, {.channels = 100}).inputs;
  EXPECT_EQ(at::rand({1}).item<double>(), before) << "dropout's generator stays where it is";
  EXPECT_NEAR(noise.std().item<double>(), 0.5, 0.02);
  EXPECT_TRUE(noise.equal(augmented(batch, {.input_noise = 0.5}, {.channels = 100}).inputs));
  EXPECT_FALSE(noise.equal(augmented(batch, {.input_noise = 0.5}, {.channels = 100}, 2).inputs));
}

TEST(Augmentation, EveryOptionHasItsRow) {
  TrainingOptions training;
  std::set<std::string> names;
  for (const Option& option : options(training)) names.insert(option.name);
  std::size_t stored = 0;
  for (const AugmentationRow& row : augmentations()) {
    EXPECT_TRUE(names.contains(std::string(row.option))) << row.option;
    EXPECT_FALSE(row.is_on({}, kImage)) << row.option;
    if (!row.normalised) ++stored;
  }
  for (std::size_t i = 0; i < augmentations().size(); ++i) EXPECT_EQ(augmentations()[i].normalised, i >= stored);
}

}  // namespace
}  // namespace nas
