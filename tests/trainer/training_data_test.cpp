#include "trainer/training_data.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

namespace nas {
namespace {

constexpr std::int64_t kHeight = 5;
constexpr std::int64_t kWidth = 4;

/// Every pixel has a value of its own; no pixel is 0, the padding's value.
ImageSet numbered_images(std::int64_t count, std::int64_t channels) {
  ImageSet set;
  set.facts.image = {.channels = channels, .dims = 2, .size = {kHeight, kWidth, 1}};
  set.facts.classes = 3;
  for (std::int64_t i = 0; i < count; ++i) set.facts.labels.push_back(static_cast<std::uint8_t>(i % 3));
  const std::int64_t pixels = count * channels * kHeight * kWidth;
  for (std::int64_t i = 0; i < pixels; ++i) set.pixels.push_back(static_cast<std::uint8_t>(1 + i % 255));
  return set;
}

TrainingData make(const ImageSet& set, std::vector<std::int64_t> train, std::vector<std::int64_t> validation = {0}) {
  return make_training_data(set, {std::move(train), std::move(validation)}, at::kCPU);
}

/// The uint8 that a normalised pixel was.
std::int64_t raw(const TrainingData& data, const Batch& batch, std::int64_t image, std::int64_t channel, std::int64_t y,
                 std::int64_t x) {
  const auto scale = static_cast<double>(data.scale[channel].item<float>());
  const auto offset = static_cast<double>(data.offset[channel].item<float>());
  return std::lround((static_cast<double>(batch.images[image][channel][y][x].item<float>()) - offset) / scale);
}

std::int64_t source(const ImageSet& set, std::int64_t image, std::int64_t channel, std::int64_t y, std::int64_t x) {
  if (y < 0 || y >= kHeight || x < 0 || x >= kWidth) return 0;
  const std::int64_t channels = set.facts.image.channels;
  return set.pixels[static_cast<std::size_t>(((image * channels + channel) * kHeight + y) * kWidth + x)];
}

TEST(TrainingData, NormalisesByTheTrainingPartAlone) {
  ImageSet set = numbered_images(3, 1);
  std::fill(set.pixels.begin() + 2 * kHeight * kWidth, set.pixels.end(), std::uint8_t{255});
  const TrainingData data = make(set, {0, 1}, {2});
  // Pixels 1 to 40: mean 20.5, variance (40^2 - 1) / 12.
  const double deviation = std::sqrt(1599 / 12.0);
  EXPECT_NEAR(data.scale.item<double>(), 1 / deviation, 1e-8);
  EXPECT_NEAR(data.offset.item<double>(), -20.5 / deviation, 1e-6);
  EXPECT_NEAR(validation_batch(data, 0, 1).images[0][0][0][0].item<double>(), (255 - 20.5) / deviation, 1e-5);
}

TEST(TrainingData, AConstantChannelStaysFinite) {
  ImageSet set = numbered_images(2, 1);
  std::fill(set.pixels.begin(), set.pixels.end(), std::uint8_t{7});
  EXPECT_EQ(validation_batch(make(set, {0, 1}), 0, 1).images.abs().max().item<float>(), 0);
}

TEST(TrainingBatch, WithoutAugmentationIsTheImagesAsked) {
  const ImageSet set = numbered_images(6, 2);
  const TrainingData data = make(set, {1, 3, 5});
  Rng rng(1, 1, Stream::Test);
  const Batch batch = training_batch(data, std::vector<std::int64_t>{2, 0}, {}, rng);
  ASSERT_EQ(batch.images.sizes(), (std::vector<std::int64_t>{2, 2, kHeight, kWidth}));
  EXPECT_TRUE(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  EXPECT_EQ(batch.labels[0].item<std::int64_t>(), 5 % 3);
  EXPECT_EQ(batch.labels[1].item<std::int64_t>(), 1);
  for (std::int64_t c = 0; c < 2; ++c) {
    for (std::int64_t y = 0; y < kHeight; ++y) {
      for (std::int64_t x = 0; x < kWidth; ++x) EXPECT_EQ(raw(data, batch, 0, c, y, x), source(set, 5, c, y, x));
    }
  }
}

/// Every image of an augmented batch is one of the windows that the definition allows.
TEST(TrainingBatch, CropsAndMirrorsByTheDefinition) {
  constexpr std::int64_t kPadding = 2;
  constexpr std::int64_t kDraws = 600;
  const ImageSet set = numbered_images(2, 2);
  const TrainingData data = make(set, {0, 1});
  Rng rng(1, 1, Stream::Test);
  const std::vector<std::int64_t> images(kDraws, 1);
  const Batch batch = training_batch(data, images, {.crop_padding = kPadding, .flip = true}, rng);
  std::map<std::tuple<std::int64_t, std::int64_t, bool>, int> seen;
  for (std::int64_t i = 0; i < kDraws; ++i) {
    const auto fits = [&](std::int64_t top, std::int64_t left, bool mirrored) {
      for (std::int64_t c = 0; c < 2; ++c) {
        for (std::int64_t y = 0; y < kHeight; ++y) {
          for (std::int64_t x = 0; x < kWidth; ++x) {
            const std::int64_t from = mirrored ? kWidth - 1 - x : x;
            if (raw(data, batch, i, c, y, x) != source(set, 1, c, y + top, from + left)) return false;
          }
        }
      }
      return true;
    };
    int matches = 0;
    for (std::int64_t top = -kPadding; top <= kPadding; ++top) {
      for (std::int64_t left = -kPadding; left <= kPadding; ++left) {
        for (const bool mirrored : {false, true}) {
          if (!fits(top, left, mirrored)) continue;
          ++matches;
          ++seen[{top, left, mirrored}];
        }
      }
    }
    ASSERT_EQ(matches, 1) << "image " << i;
  }
  // 50 equally likely windows, 12 times each on average: each is seen (missed with 6e-6 each).
  EXPECT_EQ(seen.size(), 50U);
}

TEST(TrainingBatch, FlipsAndCropsOnlyIfAsked) {
  const ImageSet set = numbered_images(2, 1);
  const TrainingData data = make(set, {0, 1});
  const std::vector<std::int64_t> images(50, 0);
  Rng rng(1, 1, Stream::Test);
  const Batch flipped = training_batch(data, images, {.crop_padding = 0, .flip = true}, rng);
  std::set<std::int64_t> corners;
  for (std::int64_t i = 0; i < 50; ++i) corners.insert(raw(data, flipped, i, 0, 0, 0));
  EXPECT_EQ(corners, (std::set<std::int64_t>{1, kWidth}));
  const Batch cropped = training_batch(data, images, {.crop_padding = 1, .flip = false}, rng);
  for (std::int64_t i = 0; i < 50; ++i) {
    const std::int64_t middle = raw(data, cropped, i, 0, 2, 1);
    EXPECT_EQ(raw(data, cropped, i, 0, 2, 2), middle + 1) << "never mirrored";
  }
}

}  // namespace
}  // namespace nas
