// Shapes, counts and errors of operations that are no plain window, join or pointwise function.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "nas/operation.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
const Shape kVector{10, 0, {1, 1, 1}};

Shape signal(std::int64_t channels, std::int64_t size) { return {channels, 2, {size, size, 1}}; }

std::string result(Op op, const Attributes& attributes, const Shape& input) {
  const auto shape = operation(op).infer(attributes, std::vector{input});
  return shape.ok() ? to_string(*shape) : shape.error().message;
}

// Output sizes as torch 2.11 gives them for ConvTranspose2d: (n - 1) s - 2 p + d (k - 1) + o + 1.
TEST(ConvTranspose, SizesArePyTorchs) {
  struct Case {
    std::int64_t size;
    std::int32_t kernel, stride, padding, output_padding, dilation;
    std::int64_t expected;
  };
  const Case cases[] = {{7, 2, 2, 0, 0, 1, 14}, {7, 3, 2, 1, 1, 1, 14}, {7, 4, 2, 1, 0, 1, 14}, {1, 4, 1, 0, 0, 1, 4},
                        {5, 3, 3, 0, 2, 1, 17}, {5, 3, 1, 1, 0, 2, 7},  {5, 2, 1, 0, 2, 3, 10}, {1, 1, 4, 0, 3, 1, 4}};
  for (const Case& c : cases) {
    Attributes a{.channels = 6};
    a.kernel = {c.kernel, c.kernel, 1};
    a.stride = {c.stride, c.stride, 1};
    a.dilation = {c.dilation, c.dilation, 1};
    a.pad_low = a.pad_high = {c.padding, c.padding, 0};
    a.output_padding = {c.output_padding, c.output_padding, 0};
    EXPECT_EQ(result(Op::ConvTranspose, a, signal(4, c.size)), to_string(signal(6, c.expected))) << c.kernel;
  }
}

TEST(ConvTranspose, CountsByHand) {
  const Attributes a{.channels = 6, .groups = 2, .bias = true, .kernel = {3, 2, 1}, .stride = {2, 2, 1}};
  const std::vector inputs = {Shape{4, 2, {5, 7, 1}}};
  const Shape output = operation(Op::ConvTranspose).infer(a, inputs).value();
  EXPECT_EQ(to_string(output), "6x11x14");
  EXPECT_EQ(operation(Op::ConvTranspose).params(a, inputs), 4 * 3 * 6 + 6);
  EXPECT_EQ(operation(Op::ConvTranspose).macs(a, inputs, output), 4 * 5 * 7 * 3 * 6);
}

TEST(ConvTranspose, ErrorsSayWhatToDo) {
  Attributes a{.channels = 6, .kernel = {2, 2, 1}, .stride = {2, 2, 1}};
  EXPECT_THAT(result(Op::ConvTranspose, a, kVector), HasSubstr("use `linear`, or `reshape` before it"));
  a.output_padding = {2, 0, 0};
  EXPECT_EQ(result(Op::ConvTranspose, a, signal(4, 8)),
            "`conv_transpose` on 4x8x8: output_padding 2 is out of range (it must be below the stride or the "
            "dilation), use at most 1");
  a.output_padding = {0, 0, 1};
  EXPECT_THAT(result(Op::ConvTranspose, a, signal(4, 8)), HasSubstr("output_padding is given for axis 3"));
  a.output_padding = {0, 0, 0};
  a.pad_low = {9, 0, 0};
  a.pad_high = {7, 0, 0};
  EXPECT_EQ(result(Op::ConvTranspose, a, signal(4, 8)),
            "`conv_transpose` with kernel 2 on 4x8x8: padding 9 and 7 cuts off all of the 16 positions, use less "
            "padding");
  a.groups = 4;
  EXPECT_EQ(result(Op::ConvTranspose, a, signal(4, 8)),
            "`conv_transpose` with groups 4 from 4 to 6 channels: groups must divide both, use a divisor of 2");
  a = {.channels = 6, .kernel = {kMost, 1, 1}, .stride = {kMost, kMost, 1}, .dilation = {kMost, 1, 1}};
  EXPECT_THAT(result(Op::ConvTranspose, a, signal(1 << 10, 1 << 20)), HasSubstr("more than 2^50 elements"));
  EXPECT_THAT(result(Op::ConvTranspose, a, signal(1, 1)), HasSubstr("more than 2^50 elements"));
  a = {.channels = std::int64_t{1} << 50, .kernel = {2, 1, 1}};
  EXPECT_THAT(result(Op::ConvTranspose, a, Shape{1, 1, {1, 1, 1}}), HasSubstr("more than 2^50"));
}

TEST(GlobalMaxPool, LeavesAxesOfOne) {
  EXPECT_EQ(result(Op::GlobalMaxPool, {}, signal(3, 8)), "3x1x1");
  EXPECT_THAT(result(Op::GlobalMaxPool, {}, kVector), HasSubstr("`global_max_pool` on a vector of 10 features"));
}

TEST(AdaptivePool, HasTheSizeThatItIsTold) {
  for (const Op op : {Op::AdaptiveAveragePool, Op::AdaptiveMaxPool}) {
    EXPECT_EQ(result(op, {.size = {7, 3, 0}}, signal(3, 5)), "3x7x3");
    EXPECT_THAT(result(op, {.size = {7, 0, 0}}, signal(3, 5)),
                HasSubstr("size 0 is out of range, it must be at least"));
    EXPECT_THAT(result(op, {.size = {7, 7, 7}}, signal(3, 5)), HasSubstr("size is given for axis 3, the signal has 2"));
    EXPECT_THAT(result(op, {.size = {kMost, kMost, 0}}, signal(3, 5)), HasSubstr("more than 2^50 elements"));
    EXPECT_THAT(result(op, {}, kVector), HasSubstr("put it before the flattening"));
  }
}

TEST(Upsample, MultipliesTheSize) {
  EXPECT_EQ(result(Op::Upsample, {.scale = {2, 3, 1}}, signal(3, 5)), "3x10x15");
  EXPECT_THAT(result(Op::Upsample, {.scale = {0, 2, 1}}, signal(3, 5)), HasSubstr("scale 0 is out of range"));
  EXPECT_THAT(result(Op::Upsample, {.scale = {2, 2, 2}}, signal(3, 5)), HasSubstr("axis 3"));
  EXPECT_THAT(result(Op::Upsample, {.scale = {kMost, 1, 1}}, signal(3, 1 << 22)), HasSubstr("more than 2^50"));
  EXPECT_THAT(result(Op::Upsample, {.scale = {kMost, kMost, 1}}, signal(3, 1)), HasSubstr("more than 2^50"));
  EXPECT_THAT(result(Op::Upsample, {}, kVector), HasSubstr("put it before the flattening"));
}

TEST(Pad, AddsOrCutsOff) {
  EXPECT_EQ(result(Op::Pad, {.pad_low = {1, -1, 0}, .pad_high = {2, 0, 0}}, signal(3, 5)), "3x8x4");
  EXPECT_EQ(result(Op::Pad, {.pad_low = {-2, 0, 0}, .pad_high = {-2, 0, 0}}, signal(3, 5)), "3x1x5");
  EXPECT_EQ(result(Op::Pad, {.pad_low = {-5, 0, 0}, .pad_high = {3, 0, 0}}, signal(3, 5)),
            "`pad` on 3x5x5: padding -5 and 3 cuts off all of the 5 positions of axis 1");
  EXPECT_THAT(result(Op::Pad, {.pad_low = {-kMost - 1, 0, 0}}, signal(3, 5)), HasSubstr("cuts off all"));
  EXPECT_THAT(result(Op::Pad, {.pad_low = {0, 0, 1}}, signal(3, 5)), HasSubstr("axis 3"));
  EXPECT_THAT(result(Op::Pad, {}, kVector), HasSubstr("`pad` on a vector"));
}

TEST(Reshape, KeepsTheElements) {
  EXPECT_EQ(result(Op::Reshape, {.channels = 8, .size = {2, 3, 0}}, Shape{48, 0, {1, 1, 1}}), "8x2x3");
  EXPECT_EQ(result(Op::Reshape, {.channels = 48}, Shape{8, 2, {2, 3, 1}}), "48");
  EXPECT_EQ(result(Op::Reshape, {.channels = 8, .size = {2, 2, 0}}, Shape{48, 0, {1, 1, 1}}),
            "`reshape` of 48 to 8x2x2: 48 elements cannot become 32, all of them must be used");
  EXPECT_THAT(result(Op::Reshape, {.channels = 8, .size = {2, 0, 3}}, kVector), HasSubstr("size 0 of axis 2"));
  EXPECT_THAT(result(Op::Reshape, {.channels = 0}, kVector), HasSubstr("`reshape`: "));
  EXPECT_THAT(result(Op::Reshape, {.channels = -5, .size = {-2, 0, 0}}, kVector), HasSubstr("`reshape`: "));
  EXPECT_THAT(result(Op::Reshape, {.channels = kMaxCount, .size = {kMost, kMost, kMost}}, kVector),
              HasSubstr("more than 2^50"));
}

TEST(Groups, MustDivideTheChannels) {
  for (const Op op : {Op::GroupNorm, Op::ChannelShuffle}) {
    EXPECT_EQ(result(op, {.groups = 4}, signal(12, 5)), "12x5x5");
    EXPECT_THAT(result(op, {.groups = 5}, signal(12, 5)), HasSubstr("groups 5 does not divide the 12 channels, use 4"));
    EXPECT_THAT(result(op, {.groups = 0}, signal(12, 5)), HasSubstr("use 1"));
    EXPECT_THAT(result(op, {.groups = 99}, kVector), HasSubstr("use 10"));
  }
}

TEST(Ranges, OfNormsAndSlopes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(result(Op::LayerNorm, {.epsilon = 0}, kVector),
            "`layer_norm`: eps 0 is out of range, use one above 0 and at most 1");
  EXPECT_THAT(result(Op::GroupNorm, {.epsilon = nan}, kVector), HasSubstr("`group_norm`: eps nan is out of range"));
  EXPECT_THAT(result(Op::DropPath, {.rate = 1}, kVector), HasSubstr("`drop_path`: rate 1 is out of range"));
  EXPECT_THAT(result(Op::LeakyRelu, {.slope = -0.1}, kVector), HasSubstr("`leaky_relu`: slope -0.1 is out of range"));
  EXPECT_EQ(result(Op::LeakyRelu, {.slope = 1}, kVector), "10");
}

TEST(Params, OfNormsAndSlopes) {
  const std::vector inputs = {signal(12, 5)};
  for (const Op op : {Op::BatchNorm, Op::LayerNorm, Op::GroupNorm}) {
    EXPECT_EQ(operation(op).params({}, inputs), 24);
    EXPECT_EQ(operation(op).params({.affine = false}, inputs), 0);
  }
  EXPECT_EQ(operation(Op::PRelu).params({}, inputs), 12);
  EXPECT_EQ(operation(Op::PRelu).params({.shared = true}, inputs), 1);
}

}  // namespace
}  // namespace nas
