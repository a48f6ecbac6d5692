// Overlapping tiles of an input that is too large to be computed at once: where they are, and which
// part of each tile's output is kept, so that the parts put together are the output of the whole.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nas/receptive_field.h"

namespace nas {

/// The same operations with the same attributes on an input of another shape. Error: the shapes no
/// longer fit.
[[nodiscard]] Result<Network> network_at(const Network& network, const Shape& input);

/// One tile along one axis.
struct TileSpan {
  std::int64_t start = 0;  // of the input
  std::int64_t at = 0;     // where in the whole output the kept part goes
  std::int64_t from = 0;   // where in the tile's output it begins
  std::int64_t count = 0;  // its length
  bool operator==(const TileSpan&) const = default;
};

struct AxisTiles {
  std::int64_t size = 0;  // of every tile, positions of the input
  std::vector<TileSpan> tiles;
  bool operator==(const AxisTiles&) const = default;
};

/// One axis of the whole: its field, its positions in the input and in the output.
struct TiledAxis {
  AxisField field;
  std::int64_t input = 0;
  std::int64_t output = 0;
};

/// As few tiles of this size as cover the axis, spread evenly: they start at multiples of the stride
/// and the parts kept adjoin. All are of one size, which differs from the axis by a multiple of the
/// stride. No tiles: nothing would be left between the halos. REQUIRES: such a size, at most that of
/// the axis.
[[nodiscard]] AxisTiles place_tiles(const TiledAxis& axis, std::int64_t tile);

/// The largest size of a tile that is at most `most`, and the smallest that leaves something between
/// the halos; the size of the axis where that is smaller. 0: there is none.
[[nodiscard]] std::int64_t largest_tile(const TiledAxis& axis, std::int64_t most);
[[nodiscard]] std::int64_t smallest_tile(const TiledAxis& axis);

/// The size that `count` tiles need.
[[nodiscard]] std::int64_t tile_of_count(const TiledAxis& axis, std::int64_t count);

/// Axes of the input of `network` with the field of the node `output`, which is a map.
[[nodiscard]] std::vector<TiledAxis> tiled_axes(const Network& network, std::int32_t output,
                                                const ReceptiveField& field);

/// The shape of tiles for which the network's tensors need at most `bytes` at a time
/// (`count_memory`, one example): the whole input where that fits. Error: not even the smallest tile
/// does.
[[nodiscard]] Result<Shape> tile_within(const Network& network, std::span<const TiledAxis> axes, std::int64_t bytes);

}  // namespace nas
