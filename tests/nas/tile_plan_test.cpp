#include "nas/tile_plan.h"

#include <gtest/gtest.h>

#include "nas/operation.h"
#include "tests/nas/line_network.h"

namespace nas {
namespace {

Attributes window(std::int32_t kernel, std::int32_t stride = 1) {
  Attributes a;
  a.channels = 1;
  a.kernel[0] = kernel;
  a.stride[0] = stride;
  pad_same(a);
  return a;
}

/// Halves, sees 5 positions, doubles.
Network hourglass(std::int64_t size) {
  Network network = make_network({1, 1, {size, 1, 1}});
  Attributes transposed = window(2, 2);
  transposed.pad_low = transposed.pad_high = {0, 0, 0};
  const std::vector<std::pair<Op, Attributes>> steps = {
      {Op::Conv, window(3, 2)}, {Op::Conv, window(5)}, {Op::ConvTranspose, transposed}, {Op::Conv, window(3)}};
  for (const auto& [op, attributes] : steps) {
    if (!add_node(network, op, attributes, {network.output})) throw std::runtime_error("a step does not fit");
  }
  return network;
}

TiledAxis axis_of(const Network& network) {
  return tiled_axes(network, network.output, receptive_field(network, network.output)).front();
}

/// The whole, computed tile by tile.
Line in_tiles(const Network& whole, const Line& input, const AxisTiles& tiles) {
  const auto network = network_at(whole, {1, 1, {tiles.size, 1, 1}});
  Line out(static_cast<std::size_t>(whole.shape_of(whole.output).size[0]), -1e9);
  for (const TileSpan& tile : tiles.tiles) {
    const auto first = input.begin() + tile.start;
    const Line part = compute(*network, Line(first, first + tiles.size));
    std::copy_n(part.begin() + tile.from, tile.count, out.begin() + tile.at);
  }
  return out;
}

TEST(TilePlan, TilesPutTogetherAreTheWholeAtEverySize) {
  for (const std::int64_t size : {40, 41, 63, 100, 101}) {
    const Network whole = hourglass(size);
    const TiledAxis axis = axis_of(whole);
    const Line input = uneven_line(size);
    const Line expected = compute(whole, input);
    for (std::int64_t tile = smallest_tile(axis); tile <= size; tile += axis.field.stride) {
      const AxisTiles tiles = place_tiles(axis, tile);
      ASSERT_FALSE(tiles.tiles.empty());
      EXPECT_EQ(tiles.tiles.back().start + tile, size);
      const Line got = in_tiles(whole, input, tiles);
      for (std::size_t i = 0; i < got.size(); ++i) {
        ASSERT_DOUBLE_EQ(got[i], expected[i]) << "size " << size << " tile " << tile << " at " << i;
      }
    }
  }
}

TEST(TilePlan, LessOfAHaloShows) {
  const Network whole = hourglass(100);
  TiledAxis axis = axis_of(whole);
  const Line input = uneven_line(100);
  const Line expected = compute(whole, input);
  axis.field.lost_low -= 1;
  EXPECT_NE(in_tiles(whole, input, place_tiles(axis, 40)), expected);
  axis.field.lost_low += 1;
  // What is kept ends at whole strides: only a stride less must show, and only where a tile is tight.
  axis.field.lost_high -= axis.field.stride;
  bool shows = false;
  for (std::int64_t tile = smallest_tile(axis); tile < 60; tile += axis.field.stride) {
    shows |= in_tiles(whole, input, place_tiles(axis, tile)) != expected;
  }
  EXPECT_TRUE(shows);
}

TEST(TilePlan, SizesOfTiles) {
  const TiledAxis axis{{.input_step = 1, .output_step = 1, .stride = 4, .lost_low = 6, .lost_high = 6}, 102, 102};
  // 102 is 2 above a multiple of 4; a tile keeps what is not lost, in whole strides: 4 of 18.
  EXPECT_EQ(smallest_tile(axis), 18);
  EXPECT_EQ(largest_tile(axis, 17), 0);
  EXPECT_EQ(largest_tile(axis, 18), 18);
  EXPECT_EQ(largest_tile(axis, 33), 30);
  EXPECT_EQ(largest_tile(axis, 101), 98);
  EXPECT_EQ(largest_tile(axis, 102), 102);
  EXPECT_EQ(largest_tile(axis, 1000), 102);
  EXPECT_EQ(tile_of_count(axis, 1), 102);
  // Two tiles of 58: the first keeps 52, the second begins at 44 and is whole from 50 on.
  EXPECT_EQ(tile_of_count(axis, 2), 58);
  const AxisTiles two = place_tiles(axis, 58);
  const std::vector<TileSpan> expected = {{0, 0, 0, 50}, {44, 50, 6, 52}};
  EXPECT_EQ(two.tiles, expected);
  EXPECT_TRUE(place_tiles(axis, 14).tiles.empty());
}

TEST(TilePlan, MemoryBoundsTheTile) {
  const Network whole = hourglass(1024);
  const std::vector<TiledAxis> axes = {axis_of(whole)};
  const std::int64_t all = count_memory(whole, 1).inference_bytes;
  EXPECT_EQ(*tile_within(whole, axes, all), whole.nodes[0].shape);
  const auto tile = tile_within(whole, axes, all / 4);
  ASSERT_TRUE(tile);
  EXPECT_LT(tile->size[0], 300);
  EXPECT_LE(count_memory(*network_at(whole, *tile), 1).inference_bytes, all / 4);
  const auto none = tile_within(whole, axes, 64);
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().message.find("smallest tile"), std::string::npos);
}

TEST(TilePlan, TheSameNetworkAtAnotherSize) {
  const Network whole = hourglass(64);
  const auto other = network_at(whole, {1, 1, {32, 1, 1}});
  ASSERT_TRUE(other);
  EXPECT_EQ(*other, hourglass(32));
  EXPECT_EQ(*network_at(*other, whole.nodes[0].shape), whole);
  EXPECT_FALSE(network_at(whole, {2, 0, {1, 1, 1}}));
}

}  // namespace
}  // namespace nas
