#include "trainer/checkpoint.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/zeros_like.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nas {
namespace {

using ::testing::HasSubstr;

/// A scalar, a matrix, and one with channels_last strides.
std::vector<NamedTensor> some_tensors() {
  return {{"count", at::arange(7, 8, at::kLong).squeeze()},
          {"linear.weight", at::arange(6, at::kFloat).view({2, 3}).div_(7)},
          {"conv.weight", at::arange(48, at::kFloat).view({2, 3, 2, 4}).contiguous(at::MemoryFormat::ChannelsLast)}};
}

std::vector<NamedTensor> zeros_like(const std::vector<NamedTensor>& tensors) {
  std::vector<NamedTensor> zeros;
  for (const NamedTensor& named : tensors) zeros.push_back({named.name, at::zeros_like(named.tensor)});
  return zeros;
}

bool all_zero(const std::vector<NamedTensor>& tensors) {
  for (const NamedTensor& named : tensors) {
    if (named.tensor.ne(0).any().item<bool>()) return false;
  }
  return true;
}

TrainingPosition some_position() {
  return {2,
          14,
          {3, 96, 32, 1.0 / 7, 2e-17},
          400,
          1.0 / 3,
          12345,
          {0.7, 1.1},
          {{1, {{"val_loss", 0.1}}}, {2, {{"val_loss", 1e-300}, {"val_loss.early", 2}}}}};
}

TEST(Checkpoint, RoundTrip) {
  const std::vector<NamedTensor> tensors = some_tensors();
  const std::string bytes = checkpoint_bytes(some_position(), tensors, "abc");
  const std::vector<NamedTensor> read = zeros_like(tensors);
  const Result<TrainingPosition> position = restore_checkpoint(bytes, read, "abc", 3);
  ASSERT_TRUE(position.ok()) << position.error().message;
  EXPECT_EQ(*position, some_position());
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    EXPECT_TRUE(read[i].tensor.equal(tensors[i].tensor)) << tensors[i].name;
    EXPECT_EQ(read[i].tensor.strides(), tensors[i].tensor.strides()) << tensors[i].name;
  }
}

TEST(Checkpoint, OfAnotherTrainingIsRefused) {
  const std::vector<NamedTensor> tensors = some_tensors();
  const std::string bytes = checkpoint_bytes(some_position(), tensors, "abc");
  const std::vector<NamedTensor> read = zeros_like(tensors);
  EXPECT_THAT(restore_checkpoint(bytes, read, "abd", 9).error().message, HasSubstr("another training"));
  EXPECT_THAT(restore_checkpoint(bytes, read, "abc", 2).error().message, HasSubstr("more epochs"))
      << "the third epoch has begun";
  EXPECT_THAT(restore_checkpoint(bytes, std::span(read).first(2), "abc", 9).error().message,
              HasSubstr("another training"));
  EXPECT_TRUE(all_zero(read));
}

TEST(Checkpoint, MayBeFromWithinTheFirstEpoch) {
  const std::vector<NamedTensor> tensors = some_tensors();
  TrainingPosition first;
  first.next = {.steps = 1, .records = 32, .loss_sum = 0.1};
  EXPECT_EQ(*restore_checkpoint(checkpoint_bytes(first, tensors, ""), tensors, "", 1), first);
  EXPECT_THAT(restore_checkpoint(checkpoint_bytes({}, tensors, ""), tensors, "", 1).error().message,
              HasSubstr("damaged"))
      << "one of nothing is none";
}

TEST(Checkpoint, EveryDamageIsFound) {
  const std::vector<NamedTensor> tensors = some_tensors();
  const std::string good = checkpoint_bytes(some_position(), tensors, "abc");
  const std::vector<NamedTensor> read = zeros_like(tensors);
  for (std::size_t size = 0; size < good.size(); ++size) {
    EXPECT_FALSE(restore_checkpoint(good.substr(0, size), read, "abc", 9).ok()) << "cut to " << size;
  }
  for (std::size_t i = 0; i < good.size(); ++i) {
    for (const int bit : {0, 5}) {
      std::string bad = good;
      bad[i] = static_cast<char>(bad[i] ^ (1 << bit));
      EXPECT_FALSE(restore_checkpoint(bad, read, "abc", 9).ok()) << "bit " << bit << " of byte " << i;
    }
  }
  EXPECT_FALSE(restore_checkpoint(good + '\0', read, "abc", 9).ok());
  EXPECT_TRUE(all_zero(read)) << "a refused file touches nothing";
}

}  // namespace
}  // namespace nas
