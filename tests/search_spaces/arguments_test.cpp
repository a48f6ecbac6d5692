#include "search_spaces/arguments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const Shape kImage{8, 2, {6, 6, 1}};
using List = std::vector<double>;

const Operation& row(std::string_view name) { return *find_operation(name); }

Attributes made(std::string_view name, const NamedValues& arguments, const Shape& input = kImage) {
  return make_attributes(row(name), arguments, input).value();
}

std::string why_not(std::string_view name, const NamedValues& arguments, const Shape& input = kImage) {
  const auto result = make_attributes(row(name), arguments, input);
  return result.ok() ? "it is right" : result.error().message;
}

std::string shape_of(std::string_view name, const NamedValues& arguments, const Shape& input = kImage) {
  return to_string(row(name).infer(made(name, arguments, input), std::vector{input}).value());
}

TEST(Arguments, AreTheAttributesButForPaddingAndMode) {
  EXPECT_THAT(argument_names(row("conv")),
              ElementsAre("channels", "kernel", "stride", "dilation", "groups", "bias", "padding"));
  EXPECT_THAT(argument_names(row("upsample")), ElementsAre("scale", "mode"));
  for (const Operation& operation : operations()) {
    std::set<std::string> names;
    for (const Argument& argument : arguments_of(operation)) {
      EXPECT_TRUE(names.insert(argument.name).second) << operation.name << argument.name;
      EXPECT_EQ(argument.kind == Argument::Kind::Word, argument.name == "mode");
    }
  }
}

TEST(Arguments, RequiredOnesAreNamedWithAnExample) {
  EXPECT_EQ(why_not("upsample", {}),
            "`scale` is missing, how many times as large its output is: {upsample: {scale: 2}}");
  for (const Operation& operation : operations()) {
    const auto arguments = arguments_of(operation);
    const auto required = std::ranges::find_if(arguments, &Argument::required);
    if (required == arguments.end()) continue;
    EXPECT_THAT(why_not(operation.name, {}), StartsWith("`" + required->name + "` is missing, "));
    EXPECT_EQ(why_not(operation.name, {{required->name, 2.0}}), "it is right") << operation.name;
  }
}

TEST(Arguments, DefaultsFollowTheInput) {
  EXPECT_EQ(made("conv", {}).channels, 8);
  EXPECT_EQ(made("conv_transpose", {}).channels, 8);
  EXPECT_TRUE(made("linear", {{"units", 3.0}}).bias);
  EXPECT_EQ(shape_of("slice", {{"start", 3.0}}), "5x6x6");
  EXPECT_EQ(shape_of("slice", {{"start", 3.0}, {"channels", 2.0}}), "2x6x6");
  EXPECT_EQ(shape_of("reshape", {}), "288");
  EXPECT_EQ(shape_of("reshape", {{"size", List{3, 4}}}), "24x3x4");
  EXPECT_EQ(shape_of("reshape", {{"size", 4.0}}), "72x4");
  EXPECT_EQ(shape_of("reshape", {{"size", List{2, 2, 2}}, {"channels", 36.0}}), "36x2x2x2");
}

TEST(Arguments, OneNumberOrOneAnAxis) {
  EXPECT_EQ(made("conv", {{"kernel", 3.0}}).kernel, (Axes{3, 3, 1}));
  EXPECT_EQ(made("conv", {{"kernel", List{1, 7}}}).kernel, (Axes{1, 7, 1}));
  EXPECT_EQ(made("adaptive_max_pool", {{"size", 7.0}}).size, (Axes{7, 7, 0}));
  EXPECT_EQ(made("upsample", {{"scale", List{1, 3}}}).scale, (Axes{1, 3, 1}));
  EXPECT_EQ(shape_of("adaptive_average_pool", {{"size", 20'000.0}}, Shape{1, 1, {9, 1, 1}}), "1x20000");
  EXPECT_THAT(why_not("conv", {{"kernel", List{1, 7, 3}}}), HasSubstr("or a list of 2, got '[1, 7, 3]'"));
  EXPECT_THAT(why_not("conv", {{"kernel", 1e9}}), HasSubstr("a whole number up to 10000"));
  EXPECT_THAT(why_not("reshape", {{"size", List{1, 2, 3, 4}}}), HasSubstr("a list of at most 3"));
}

TEST(Arguments, SamePaddingOfWindows) {
  EXPECT_EQ(shape_of("conv", {{"kernel", List{1, 7}}}), "8x6x6");
  EXPECT_EQ(shape_of("conv", {{"kernel", 4.0}, {"dilation", 2.0}}), "8x6x6");
  EXPECT_EQ(shape_of("conv", {{"kernel", 3.0}, {"stride", 2.0}}), "8x3x3");
  EXPECT_EQ(shape_of("conv", {{"kernel", 3.0}, {"padding", std::string("valid")}}), "8x4x4");
  EXPECT_EQ(shape_of("conv", {{"kernel", 3.0}, {"padding", List{0, 2}}}), "8x6x6");
  EXPECT_THAT(why_not("conv", {{"kernel", List{1, 7}}, {"padding", List{0, 3}}}), HasSubstr("every axis"));
}

// The adjoint of a convolution with `same` padding on a size that the stride divides.
TEST(Arguments, SamePaddingOfTransposedConvolutionsMultipliesTheSize) {
  for (const double stride : {1.0, 2.0, 3.0, 5.0}) {
    for (const double kernel : {1.0, 2.0, 3.0, 4.0, 5.0, 7.0}) {
      const NamedValues arguments = {{"kernel", kernel}, {"stride", stride}};
      const auto size = static_cast<std::int64_t>(6 * stride);
      EXPECT_EQ(shape_of("conv_transpose", arguments), to_string(Shape{8, 2, {size, size, 1}})) << kernel << stride;
    }
  }
  // What people write as padding 1, output_padding 1.
  const Attributes usual = made("conv_transpose", {{"kernel", 3.0}, {"stride", 2.0}});
  EXPECT_EQ(usual.pad_low, (Axes{1, 1, 0}));
  EXPECT_EQ(usual.pad_high, (Axes{0, 0, 0}));
  EXPECT_EQ(made("conv_transpose", {{"kernel", 4.0}, {"stride", 2.0}}).pad_high, (Axes{1, 1, 0}));
  EXPECT_EQ(shape_of("conv_transpose", {{"kernel", 2.0}, {"stride", 2.0}, {"padding", std::string("valid")}}),
            "8x12x12");
  EXPECT_EQ(shape_of("conv_transpose", {{"kernel", 3.0}, {"stride", 2.0}, {"output_padding", 1.0}}), "8x13x13");
}

TEST(Arguments, PadTakesNumbers) {
  EXPECT_EQ(shape_of("pad", {{"padding", 2.0}}), "8x10x10");
  EXPECT_EQ(shape_of("pad", {{"padding", List{-1, 0}}}), "8x5x5");
  EXPECT_EQ(why_not("pad", {{"padding", std::string("same")}}),
            "padding: expected a whole number, or [low, high], got 'same'");
}

TEST(Arguments, WordsAreCheckedWithTheNearest) {
  EXPECT_TRUE(made("upsample", {{"scale", 2.0}, {"mode", std::string("linear")}}).linear);
  EXPECT_FALSE(made("upsample", {{"scale", 2.0}, {"mode", std::string("nearest")}}).linear);
  EXPECT_EQ(why_not("upsample", {{"scale", 2.0}, {"mode", std::string("nearset")}}),
            "mode: expected `nearest` or `linear`, got 'nearset', did you mean 'nearest'?");
  EXPECT_EQ(why_not("upsample", {{"scale", 2.0}, {"mode", 1.0}}), "mode: expected `nearest` or `linear`, got '1'");
  EXPECT_EQ(made("conv", {{"groups", std::string("depthwise")}}).groups, 8);
  EXPECT_EQ(made("group_norm", {{"groups", std::string("depthwise")}}).groups, 8);
  EXPECT_EQ(why_not("conv", {{"groups", std::string("depth_wise")}}),
            "groups: expected a whole number or `depthwise`, got 'depth_wise', did you mean 'depthwise'?");
  EXPECT_EQ(why_not("channel_shuffle", {{"groups", std::string("depthwise")}}),
            "groups: expected a whole number, got 'depthwise'");
  EXPECT_THAT(why_not("conv", {{"padding", std::string("sam")}}),
              HasSubstr("or `same` or `valid`, got 'sam', did you mean 'same'?"));
}

TEST(Arguments, KindsAreChecked) {
  EXPECT_EQ(why_not("conv", {{"channels", 1.5}}), "channels: expected a whole number, got '1.5'");
  EXPECT_EQ(why_not("conv", {{"bias", 2.0}}), "bias: expected true or false, got '2'");
  EXPECT_EQ(why_not("prelu", {{"shared", std::string("yes")}}), "shared: expected true or false, got 'yes'");
  EXPECT_EQ(why_not("leaky_relu", {{"slope", List{1, 2}}}), "slope: expected a number, got '[1, 2]'");
  EXPECT_THAT(why_not("conv", {{"kernel", std::string("large")}}), HasSubstr("a list of 2, got 'large'"));
}

}  // namespace
}  // namespace nas
