#include "nas/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "nas/operation_docs.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

Shape signal(std::int64_t channels, std::int64_t size) { return {channels, 2, {size, size, 1}}; }

Attributes window(std::int32_t kernel, std::int32_t stride, std::int32_t padding) {
  Attributes a;
  a.channels = 16;
  a.kernel = {kernel, kernel, 1};
  a.stride = {stride, stride, 1};
  a.pad_low = a.pad_high = {padding, padding, 0};
  return a;
}

Result<Shape> infer(Op op, const Attributes& attributes, const std::vector<Shape>& inputs) {
  return operation(op).infer(attributes, inputs);
}

std::string why_not(Op op, const Attributes& attributes, const std::vector<Shape>& inputs) {
  const auto shape = infer(op, attributes, inputs);
  return shape.ok() ? "it fits: " + to_string(*shape) : shape.error().message;
}

TEST(Operations, EveryRowIsWhole) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < operations().size(); ++i) {
    const Operation& row = operations()[i];
    EXPECT_EQ(static_cast<std::size_t>(row.op), i);
    EXPECT_EQ(&operation(row.op), &row);
    EXPECT_EQ(find_operation(row.name), &row);
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.summary.empty() || row.pytorch.empty() || row.onnx.empty()) << row.name;
    EXPECT_TRUE(row.infer && row.params && row.macs) << row.name;
    std::set<std::string_view> fields = {"op", "name", "inputs", "shape"};  // taken by JSON
    for (const auto& field : row.attributes) EXPECT_TRUE(fields.insert(field.name).second) << row.name << field.name;
  }
  EXPECT_EQ(operations().back().op, Op::Reshape) << "the last enumerator";
  EXPECT_EQ(find_operation("convolution"), nullptr);
}

TEST(Operations, DocumentationNamesAllOfThem) {
  const std::string text = operations_markdown();
  for (const Operation& row : operations()) EXPECT_THAT(text, HasSubstr("\n## " + std::string(row.name) + "\n"));
  EXPECT_THAT(text, HasSubstr("- `momentum`: default 0.1\n"));
  EXPECT_THAT(text, HasSubstr("- `kernel`: default 1 for every axis\n"));
}

TEST(PadSame, KeepsTheSizeAndPutsTheOddOneAbove) {
  Attributes a;
  a.kernel = {3, 4, 1};
  a.dilation = {2, 1, 1};
  pad_same(a);
  EXPECT_EQ(a.pad_low, (Axes{2, 1, 0}));
  EXPECT_EQ(a.pad_high, (Axes{2, 2, 0}));
  a.kernel = a.dilation = {std::numeric_limits<std::int32_t>::max(), 1, 1};
  pad_same(a);
  EXPECT_EQ(a.pad_low[0], std::numeric_limits<std::int32_t>::max());
}

// Sizes as torch 2.11 gives them for Conv2d, MaxPool2d and AvgPool2d.
TEST(WindowShape, IsPyTorchs) {
  struct Case {
    std::int64_t size;
    std::int32_t kernel, stride, padding;
    bool ceil;
    std::int64_t expected;
  };
  const Case cases[] = {
      {32, 3, 1, 1, false, 32}, {32, 3, 2, 1, false, 16}, {33, 3, 2, 1, false, 17}, {32, 2, 2, 0, false, 16},
      {7, 2, 2, 0, false, 3},   {7, 2, 2, 0, true, 4},    {6, 3, 2, 0, true, 3},    {5, 3, 2, 1, true, 3},
      {4, 2, 3, 1, true, 2},    {3, 2, 3, 1, true, 2},    {5, 2, 3, 1, true, 2},    {5, 2, 4, 0, true, 2},
      {5, 1, 4, 0, true, 2},    {2, 1, 3, 0, true, 1},
  };
  for (const Case& c : cases) {
    Attributes a = window(c.kernel, c.stride, c.padding);
    a.ceil_mode = c.ceil;
    for (const Op op : {Op::MaxPool, Op::AveragePool}) {
      EXPECT_EQ(infer(op, a, {signal(8, c.size)}).value(), signal(8, c.expected)) << c.size << " " << c.kernel;
    }
    if (!c.ceil) {
      EXPECT_EQ(infer(Op::Conv, a, {signal(8, c.size)}).value(), signal(16, c.expected));
    }
  }
}

TEST(WindowShape, AxesDilationAndUnevenPadding) {
  Attributes a;
  a.channels = 4;
  a.kernel = {7, 1, 3};
  a.dilation = {2, 1, 1};
  a.stride = {1, 2, 1};
  a.pad_low = {0, 0, 2};
  const Shape volume{6, 3, {20, 9, 5}};
  // 20 - 2 * 6 = 8; (9 - 1) / 2 + 1 = 5; 5 + 2 - 2 = 5.
  EXPECT_EQ(infer(Op::Conv, a, {volume}).value(), (Shape{4, 3, {8, 5, 5}}));
}

TEST(WindowShape, ErrorsSayWhatToDo) {
  EXPECT_EQ(why_not(Op::Conv, window(7, 1, 0), {signal(16, 3)}),
            "`conv` with kernel 7 on 16x3x3: the window is larger than the padded input, use a smaller kernel, more "
            "padding or fewer strides before it");
  EXPECT_THAT(why_not(Op::Conv, window(3, 1, 1), {Shape{10, 0, {1, 1, 1}}}), HasSubstr("use `linear`"));
  EXPECT_THAT(why_not(Op::Conv, window(0, 1, 1), {signal(3, 8)}), HasSubstr("kernel 0 is out of range"));
  EXPECT_THAT(why_not(Op::MaxPool, window(2, 0, 0), {signal(3, 8)}), HasSubstr("stride 0 is out of range"));
  EXPECT_THAT(why_not(Op::Conv, window(3, 1, -1), {signal(3, 8)}), HasSubstr("padding -1 is out of range"));
  EXPECT_THAT(why_not(Op::AveragePool, window(3, 1, 2), {signal(3, 8)}), HasSubstr("use at most 1"));
  EXPECT_THAT(why_not(Op::Conv, window(3, 1, 1), {Shape{3, 1, {8, 1, 1}}}), HasSubstr("axis 2, the signal has 1"));

  Attributes grouped = window(3, 1, 1);
  grouped.groups = 3;
  EXPECT_EQ(why_not(Op::Conv, grouped, {signal(24, 8)}),
            "`conv` with groups 3 from 24 to 16 channels: groups must divide both, use a divisor of 8");
  grouped.groups = 0;
  EXPECT_THAT(why_not(Op::Conv, grouped, {signal(24, 8)}), HasSubstr("groups 0"));
  grouped.channels = 0;
  EXPECT_THAT(why_not(Op::Conv, grouped, {signal(24, 8)}), HasSubstr("channels 0 is out of range"));
}

TEST(WindowShape, HugeNumbersAreErrors) {
  constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();
  Attributes a = window(1, 1, 0);
  a.channels = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(why_not(Op::Conv, a, {signal(3, 8)}), HasSubstr("more than 2^50 elements"));
  EXPECT_THAT(why_not(Op::Linear, a, {signal(3, 8)}), HasSubstr("more than 2^50 multiplications"));
  EXPECT_THAT(why_not(Op::Zero, a, {signal(3, 8)}), HasSubstr("more than 2^50 elements"));
  a.channels = std::int64_t{1} << 40;
  EXPECT_THAT(why_not(Op::Conv, a, {signal(1 << 12, 1)}), HasSubstr("more than 2^50 multiplications"));
  a = window(kMost, 1, kMost);
  a.dilation = {kMost, kMost, 1};
  EXPECT_THAT(why_not(Op::Conv, a, {signal(3, 8)}), HasSubstr("the window is larger"));
  a = window(1, 1, kMost);
  EXPECT_THAT(why_not(Op::Conv, a, {signal(3, 8)}), HasSubstr("more than 2^50 elements"));
  const Shape wide = signal(std::int64_t{1} << 49, 1);
  EXPECT_THAT(why_not(Op::Concat, {}, {wide, wide, wide}), HasSubstr("more than 2^50 elements"));
  EXPECT_THAT(why_not(Op::Multiply, {}, {wide, signal(1, 2)}), HasSubstr("more than 2^50 elements"));
}

TEST(AddShape, ErrorOffersAConvolution) {
  EXPECT_EQ(infer(Op::Add, {}, {signal(8, 4), signal(8, 4)}).value(), signal(8, 4));
  EXPECT_EQ(
      why_not(Op::Add, {}, {signal(16, 32), signal(32, 16)}),
      "`add` of 16x32x32 and 32x16x16: shapes must be equal; a `conv` with kernel 1, channels 32, stride 2 on the "
      "first makes them equal");
  EXPECT_THAT(why_not(Op::Add, {}, {signal(16, 8), signal(8, 8)}), HasSubstr("channels 16 on the second"));
  EXPECT_THAT(why_not(Op::Add, {}, {signal(16, 7), signal(8, 14)}), HasSubstr("channels 16, stride 2 on the second"));
  EXPECT_THAT(why_not(Op::Add, {}, {signal(16, 7), signal(16, 6)}), HasSubstr("use the same strides"));
  EXPECT_THAT(why_not(Op::Add, {}, {signal(16, 1), Shape{16, 0, {1, 1, 1}}}), HasSubstr("one number of axes"));
}

TEST(MultiplyShape, RepeatsAxesOfOne) {
  EXPECT_EQ(infer(Op::Multiply, {}, {signal(16, 8), signal(16, 1)}).value(), signal(16, 8));
  EXPECT_EQ(infer(Op::Multiply, {}, {signal(16, 1), signal(1, 8), signal(16, 8)}).value(), signal(16, 8));
  EXPECT_THAT(why_not(Op::Multiply, {}, {signal(16, 8), signal(8, 1)}), HasSubstr("axes must be equal or 1"));
  EXPECT_THAT(why_not(Op::Multiply, {}, {signal(16, 8), Shape{16, 0, {1, 1, 1}}}), HasSubstr("axes must be equal"));
}

TEST(OtherShapes, ByHand) {
  const Shape vector{10, 0, {1, 1, 1}};
  Attributes units;
  units.channels = 10;
  EXPECT_EQ(infer(Op::Concat, {}, {signal(3, 8), signal(5, 8)}).value(), signal(8, 8));
  EXPECT_THAT(why_not(Op::Concat, {}, {signal(3, 8), signal(3, 4)}), HasSubstr("all axes but channels"));
  EXPECT_EQ(infer(Op::Flatten, {}, {signal(3, 8)}).value(), (Shape{192, 0, {1, 1, 1}}));
  EXPECT_EQ(infer(Op::Linear, units, {signal(3, 8)}).value(), vector);
  EXPECT_THAT(why_not(Op::Linear, {}, {vector}), HasSubstr("units 0 is out of range"));
  EXPECT_EQ(infer(Op::GlobalAveragePool, {}, {signal(3, 8)}).value(), signal(3, 1));
  EXPECT_THAT(why_not(Op::GlobalAveragePool, {}, {vector}), HasSubstr("leave it out"));
  EXPECT_EQ(infer(Op::Zero, {}, {signal(3, 8)}).value(), signal(3, 8));
  EXPECT_EQ(infer(Op::Zero, units, {signal(3, 8)}).value(), signal(10, 8));
  for (const Op op : {Op::Identity, Op::Relu, Op::Gelu, Op::BatchNorm, Op::Dropout, Op::Tanh}) {
    EXPECT_EQ(infer(op, {}, {vector}).value(), vector);
  }
}

TEST(SliceShape, TakesChannels) {
  Attributes a;
  a.start = 3;
  a.channels = 5;
  EXPECT_EQ(infer(Op::Slice, a, {signal(8, 4)}).value(), signal(5, 4));
  EXPECT_EQ(infer(Op::Slice, a, {Shape{9, 0, {1, 1, 1}}}).value(), (Shape{5, 0, {1, 1, 1}}));
  EXPECT_EQ(why_not(Op::Slice, a, {signal(7, 4)}),
            "`slice` on 7x4x4: channels 5 from 3 on is out of range, use 1 to 4");
  EXPECT_EQ(why_not(Op::Slice, a, {signal(3, 4)}), "`slice` on 3x4x4: start 3 is out of range, use one from 0 to 2");
  a.start = -1;
  EXPECT_THAT(why_not(Op::Slice, a, {signal(8, 4)}), HasSubstr("start -1"));
  a = {};
  EXPECT_THAT(why_not(Op::Slice, a, {signal(8, 4)}), HasSubstr("channels 0 from 0"));
  a.start = a.channels = std::numeric_limits<std::int64_t>::max();
  EXPECT_THAT(why_not(Op::Slice, a, {signal(8, 4)}), HasSubstr("out of range"));
}

TEST(OtherShapes, RatesOutOfRange) {
  Attributes a;
  a.rate = 1;
  EXPECT_THAT(why_not(Op::Dropout, a, {signal(3, 8)}), HasSubstr("rate 1 is out of range"));
  a.epsilon = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THAT(why_not(Op::BatchNorm, a, {signal(3, 8)}), HasSubstr("eps nan is out of range"));
  a.epsilon = 1e-5;
  a.momentum = -0.1;
  EXPECT_THAT(why_not(Op::BatchNorm, a, {signal(3, 8)}), HasSubstr("momentum -0.1 is out of range"));
}

TEST(Cost, ByHand) {
  testing::NetworkBuilder net(signal(8, 10));
  Attributes conv = window(3, 2, 1);
  conv.groups = 4;
  conv.bias = true;
  const auto x = net.add(Op::Conv, {0}, conv);  // 16x5x5: 16 * 2 * 9 + 16 = 304; macs 400 * 2 * 9 = 7200
  const auto y = net.add(Op::BatchNorm, {x});   // 32
  Attributes plain;
  plain.affine = false;
  const auto z = net.add(Op::BatchNorm, {y}, plain);
  Attributes linear;
  linear.channels = 3;
  net.add(Op::Linear, {z}, linear);  // 400 * 3 = 1200
  EXPECT_EQ(count_cost(net.network()), (Cost{304 + 32 + 1200, 7200 + 1200, 400 + 400 + 400 + 3, 2, 2}));
}

// 2^50 multiplications each, in more layers than 64 bits can hold.
TEST(Cost, SumsStopAtTheLargestNumber) {
  testing::NetworkBuilder net(Shape{1 << 25, 0, {1, 1, 1}});
  Attributes linear;
  linear.channels = 1 << 25;
  std::int32_t x = 0;
  for (int i = 0; i < 8200; ++i) x = net.add(Op::Linear, {x}, linear);
  EXPECT_EQ(count_cost(net.network()).macs, std::numeric_limits<std::int64_t>::max());
}

}  // namespace
}  // namespace nas
