#include "nas/receptive_field.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "nas/operation.h"
#include "nas/tile_plan.h"
#include "tests/nas/line_network.h"

namespace nas {
namespace {

std::int32_t put(Network& network, Op op, const Attributes& attributes, std::vector<std::int32_t> inputs) {
  const auto added = add_node(network, op, attributes, std::move(inputs));
  if (!added) throw std::runtime_error(added.error().message);
  return *added;
}

Attributes window(std::int32_t kernel, std::int32_t stride = 1, std::int32_t dilation = 1) {
  Attributes a;
  a.channels = 1;
  a.kernel[0] = kernel;
  a.stride[0] = stride;
  a.dilation[0] = dilation;
  pad_same(a);
  return a;
}

Attributes unpadded(Attributes a) {
  a.pad_low = a.pad_high = {0, 0, 0};
  return a;
}

Attributes pool(std::int32_t kernel, std::int32_t stride, std::int32_t padding = 0) {
  Attributes a;
  a.kernel[0] = kernel;
  a.stride[0] = stride;
  a.pad_low[0] = a.pad_high[0] = padding;
  return a;
}

Attributes scale(std::int32_t factor, bool linear) {
  Attributes a;
  a.scale[0] = factor;
  a.linear = linear;
  return a;
}

Attributes padding(std::int32_t low, std::int32_t high) {
  Attributes a;
  a.pad_low[0] = low;
  a.pad_high[0] = high;
  return a;
}

Attributes transposed(std::int32_t kernel, std::int32_t stride, std::int32_t cut, std::int32_t more = 0) {
  Attributes a = unpadded(window(kernel, stride));
  a.pad_low[0] = a.pad_high[0] = cut;
  a.output_padding[0] = more;
  return a;
}

struct Example {
  std::string name;
  std::function<void(Network&)> build;
  bool exact = true;  // the field is no larger than what changes
};

void chain(Network& network, const std::vector<std::pair<Op, Attributes>>& steps) {
  for (const auto& [op, attributes] : steps) put(network, op, attributes, {network.output});
}

void u_net(Network& network, bool linear) {
  const std::int32_t skip = put(network, Op::Conv, window(3), {0});
  const std::int32_t down = put(network, Op::MaxPool, pool(2, 2), {skip});
  const std::int32_t deep_skip = put(network, Op::Conv, window(3), {down});
  const std::int32_t deeper = put(network, Op::AveragePool, pool(2, 2), {deep_skip});
  const std::int32_t bottom = put(network, Op::Conv, window(5), {deeper});
  const std::int32_t up = put(network, Op::ConvTranspose, transposed(2, 2, 0), {bottom});
  const std::int32_t joined = put(network, Op::Add, {}, {up, deep_skip});
  const std::int32_t out = put(network, Op::Upsample, scale(2, linear), {joined});
  const std::int32_t sum = put(network, Op::Add, {}, {out, skip});
  put(network, Op::Conv, window(1), {sum});
}

std::vector<Example> examples() {
  using Op::AveragePool;
  using Op::Conv;
  using Op::ConvTranspose;
  using Op::MaxPool;
  using Op::Pad;
  using Op::Upsample;
  const auto of = [](std::vector<std::pair<Op, Attributes>> steps) {
    return [steps](Network& network) { chain(network, steps); };
  };
  Attributes ceil = pool(3, 2);
  ceil.ceil_mode = true;
  return {
      {"conv", of({{Conv, window(3)}, {Conv, window(5)}})},
      {"even_kernel", of({{Conv, window(4)}})},
      {"dilated", of({{Conv, window(3, 1, 4)}, {Conv, window(3)}})},
      {"strided", of({{Conv, window(3, 2)}, {Conv, window(3, 3)}})},
      {"valid", of({{Conv, unpadded(window(7))}, {Conv, unpadded(window(3, 2))}})},
      {"pools", of({{MaxPool, pool(3, 2, 1)}, {AveragePool, pool(2, 2)}, {Conv, window(3)}})},
      {"ceil", of({{MaxPool, ceil}, {Conv, window(3)}})},
      {"transposed", of({{Conv, window(3, 2)}, {ConvTranspose, transposed(3, 2, 1, 1)}, {Conv, window(3)}})},
      {"transposed_wide", of({{Conv, window(3, 4)}, {ConvTranspose, transposed(7, 4, 2)}})},
      {"larger", of({{Upsample, scale(3, false)}, {Conv, window(3)}})},
      {"linear", of({{Conv, window(3, 2)}, {Upsample, scale(2, true)}, {Conv, window(3)}}), false},
      {"linear_by_3", of({{Conv, window(3, 3)}, {Upsample, scale(3, true)}}), false},
      {"padded", of({{Pad, padding(3, 5)}, {Conv, unpadded(window(3, 2))}})},
      {"cut", of({{Conv, window(5)}, {Pad, padding(-1, -2)}, {Conv, window(3)}}), false},
      {"u_net", [](Network& network) { u_net(network, false); }},
      {"u_net_linear", [](Network& network) { u_net(network, true); }, false},
      {"two_sides",
       [](Network& network) {
         const auto narrow = put(network, Conv, window(3, 2), {0});
         const auto wide = put(network, Conv, window(9, 2), {0});
         put(network, Op::Add, {}, {narrow, wide});
       }},
  };
}

Network made(const Example& example, std::int64_t size) {
  Network network = make_network({1, 1, {size, 1, 1}});
  example.build(network);
  return network;
}

/// The first and the last output of the line that changing these inputs changes; -1, -1 for none.
std::pair<std::int64_t, std::int64_t> changed(const Network& network, std::int64_t first, std::int64_t end) {
  Line line = uneven_line(network.nodes[0].shape.size[0]);
  const Line before = compute(network, line);
  for (std::int64_t i = first; i < end; ++i) line[static_cast<std::size_t>(i)] += 1000 + 3 * static_cast<double>(i);
  const Line after = compute(network, line);
  std::pair<std::int64_t, std::int64_t> range{-1, -1};
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    if (range.first < 0) range.first = static_cast<std::int64_t>(i);
    range.second = static_cast<std::int64_t>(i);
  }
  return range;
}

TEST(ReceptiveField, IsWhatChangesWhenInputsBeyondACutChange) {
  constexpr std::int64_t kSize = 144;
  for (const Example& example : examples()) {
    SCOPED_TRACE(example.name);
    const Network network = made(example, kSize);
    const ReceptiveField field = receptive_field(network, network.output);
    ASSERT_FALSE(field.unbounded);
    const AxisField& axis = field.axes[0];
    const std::int64_t cut = 72 / axis.stride * axis.stride;
    const std::int64_t moved = cut * axis.output_step / axis.input_step;
    const std::int64_t outputs = network.shape_of(network.output).size[0];
    const std::int64_t seen_low = std::max<std::int64_t>(changed(network, 0, cut).second + 1 - moved, 0);
    EXPECT_LE(seen_low, axis.lost_low);
    // A piece that ends at the cut is shorter by as much as lies beyond it.
    const std::int64_t end = outputs - (kSize - cut) * axis.output_step / axis.input_step;
    const std::int64_t seen_high = std::max<std::int64_t>(end - changed(network, cut, kSize).first, 0);
    EXPECT_LE(seen_high, axis.lost_high);
    if (!example.exact) continue;
    EXPECT_EQ(seen_low, axis.lost_low);
    EXPECT_EQ(seen_high, axis.lost_high);
  }
}

TEST(ReceptiveField, PiecesAgreeWithTheWholeButForWhatIsLost) {
  constexpr std::int64_t kSize = 144;
  constexpr double kRounding = 1e-12;
  for (const Example& example : examples()) {
    SCOPED_TRACE(example.name);
    const Network whole = made(example, kSize);
    const AxisField axis = receptive_field(whole, whole.output).axes[0];
    const Line input = uneven_line(kSize);
    const Line expected = compute(whole, input);
    const std::int64_t size = kSize - 60 / axis.stride * axis.stride;
    const std::int64_t start = 24 / axis.stride * axis.stride;
    const auto piece = network_at(whole, {1, 1, {size, 1, 1}});
    ASSERT_TRUE(piece);
    const Line got = compute(*piece, Line(input.begin() + start, input.begin() + start + size));
    const std::int64_t moved = start * axis.output_step / axis.input_step;
    const auto kept = static_cast<std::int64_t>(got.size()) - axis.lost_high;
    ASSERT_LT(axis.lost_low, kept);
    for (std::int64_t i = axis.lost_low; i < kept; ++i) {
      EXPECT_NEAR(got[static_cast<std::size_t>(i)], expected[static_cast<std::size_t>(i + moved)], kRounding) << i;
    }
  }
}

TEST(ReceptiveField, OfASmallUNetCountedByHand) {
  Network network = make_network({1, 1, {64, 1, 1}});
  u_net(network, false);
  const AxisField axis = receptive_field(network, network.output).axes[0];
  EXPECT_EQ(axis.stride, 4);
  EXPECT_EQ(axis.input_step, 1);
  EXPECT_EQ(axis.output_step, 1);
  // From the cut on: conv 3 loses 1, the pool 1 of half as many, conv 3 two, the pool 1 of a quarter,
  // conv 5 three; four times as far back.
  EXPECT_EQ(axis.lost_low, 12);
  EXPECT_EQ(axis.halo_low(), 12);
}

TEST(ReceptiveField, StepsOfUnevenScales) {
  Network network = make_network({1, 1, {36, 1, 1}});
  chain(network, {{Op::Conv, window(3, 3)}, {Op::Upsample, scale(2, false)}});
  const AxisField axis = receptive_field(network, network.output).axes[0];
  EXPECT_EQ(axis.input_step, 3);
  EXPECT_EQ(axis.output_step, 2);
  EXPECT_EQ(axis.stride, 3);
}

/// A map of 4 channels, then `op`.
ReceptiveField behind(Op op, Attributes attributes) {
  Network network = make_network({4, 2, {8, 8, 1}});
  Attributes conv;
  conv.channels = 4;
  put(network, Op::Conv, conv, {0});
  put(network, op, attributes, {network.output});
  return receptive_field(network, network.output);
}

TEST(ReceptiveField, OperationsThatReadEverythingAreNamed) {
  Attributes units;
  units.channels = 4;
  Attributes size;
  size.size = {2, 2, 0};
  Attributes reshaped = size;
  reshaped.channels = 64;
  Attributes groups;
  groups.groups = 2;
  EXPECT_EQ(behind(Op::GlobalAveragePool, {}).unbounded, 2);
  EXPECT_EQ(behind(Op::GlobalMaxPool, {}).unbounded, 2);
  EXPECT_EQ(behind(Op::AdaptiveAveragePool, size).unbounded, 2);
  EXPECT_EQ(behind(Op::AdaptiveMaxPool, size).unbounded, 2);
  EXPECT_EQ(behind(Op::Linear, units).unbounded, 2);
  EXPECT_EQ(behind(Op::Flatten, {}).unbounded, 2);
  EXPECT_EQ(behind(Op::Reshape, reshaped).unbounded, 2);
  EXPECT_EQ(behind(Op::GroupNorm, groups).unbounded, 2);
  EXPECT_TRUE(behind(Op::GroupNorm, groups).is_map);
  EXPECT_FALSE(behind(Op::Linear, units).is_map);
  for (const Op op : {Op::BatchNorm, Op::LayerNorm, Op::Relu, Op::Softmax, Op::Dropout, Op::DropPath, Op::PRelu}) {
    EXPECT_EQ(behind(op, {}), (ReceptiveField{})) << operation(op).name;
  }
}

TEST(ReceptiveField, SqueezeAndExcitationIsTheWayRoundIt) {
  Network network = make_network({4, 2, {8, 8, 1}});
  const std::int32_t pooled = put(network, Op::GlobalAveragePool, {}, {0});
  Attributes conv;
  conv.channels = 4;
  const std::int32_t gate = put(network, Op::Conv, conv, {pooled});
  put(network, Op::Multiply, {}, {0, gate});
  const ReceptiveField field = receptive_field(network, network.output);
  EXPECT_EQ(field.unbounded, pooled);
  EXPECT_TRUE(field.is_map);
  EXPECT_EQ(field.axes[0].lost_low, 0);
  // What only another output uses does not count.
  const std::int32_t other = put(network, Op::Relu, {}, {0});
  EXPECT_FALSE(receptive_field(network, other).unbounded);
}

TEST(ReceptiveField, TensorsOfDifferentStridesThatMeetAreNamed) {
  Network network = make_network({1, 1, {1, 1, 1}});
  const std::int32_t half = put(network, Op::Conv, window(3, 2), {0});  // one position of one
  const std::int32_t sum = put(network, Op::Add, {}, {0, half});
  EXPECT_EQ(receptive_field(network, sum).unbounded, sum);
}

}  // namespace
}  // namespace nas
