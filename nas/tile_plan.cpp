#include "nas/tile_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "nas/check.h"
#include "nas/operation.h"

namespace nas {
namespace {

std::int64_t whole_strides(std::int64_t positions, std::int64_t stride) { return positions / stride * stride; }

std::int64_t in_output(const AxisField& field, std::int64_t input) {
  return input * field.output_step / field.input_step;
}

/// How far apart tiles of this size may start; 0: nothing is left between the halos.
std::int64_t farthest_step(const TiledAxis& axis, std::int64_t tile) {
  const std::int64_t kept =
      axis.output - in_output(axis.field, axis.input - tile) - axis.field.lost_low - axis.field.lost_high;
  if (kept <= 0) return 0;
  return whole_strides(kept * axis.field.input_step / axis.field.output_step, axis.field.stride);
}

/// 0: never.
std::int64_t tile_count(const TiledAxis& axis, std::int64_t tile) {
  if (tile >= axis.input) return 1;
  const std::int64_t step = farthest_step(axis, tile);
  return step == 0 ? 0 : 1 + (axis.input - tile + step - 1) / step;
}

/// Smallest tile of at most this many tiles an axis.
template <class Fits>
std::int64_t first_tile(const TiledAxis& axis, const Fits& fits) {
  const std::int64_t stride = axis.field.stride;
  std::int64_t low = 0;  // in strides above the smallest size there can be
  std::int64_t high = (axis.input - 1) / stride;
  const std::int64_t least = axis.input - high * stride;
  while (low < high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (fits(least + middle * stride)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return least + low * stride;
}

Shape with_sizes(Shape shape, std::span<const std::int64_t> sizes) {
  std::copy(sizes.begin(), sizes.end(), shape.size.begin());
  return shape;
}

/// Bytes of one example of that shape; the largest number where the operations do not fit it.
std::int64_t bytes_at(const Network& network, const Shape& shape) {
  const auto tile = network_at(network, shape);
  return tile ? count_memory(*tile, 1).inference_bytes : kMaxCount;
}

}  // namespace

Result<Network> network_at(const Network& network, const Shape& input) {
  if (const auto wrong = check_shape(input)) return *wrong;
  Network other = make_network(input);
  for (std::size_t i = 1; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    const auto added = add_node(other, node.op, node.attributes, node.inputs, node.name);
    if (!added) return Error{fmt::format("{}: {}", node.name, added.error().message)};
  }
  other.output = network.output;
  other.exits = network.exits;
  return other;
}

AxisTiles place_tiles(const TiledAxis& axis, std::int64_t tile) {
  NAS_CHECK(tile >= 1 && tile <= axis.input && (axis.input - tile) % axis.field.stride == 0, "no size of a tile");
  AxisTiles placed{tile, {}};
  const std::int64_t count = tile_count(axis, tile);
  const std::int64_t last = axis.input - tile;
  for (std::int64_t i = 0; i < count; ++i) {
    const std::int64_t start = i == 0 ? 0 : whole_strides(last * i / (count - 1), axis.field.stride);
    const std::int64_t moved = in_output(axis.field, start);
    const std::int64_t from = i == 0 ? 0 : axis.field.lost_low;
    placed.tiles.push_back({start, moved + from, from, 0});
  }
  for (std::size_t i = 0; i < placed.tiles.size(); ++i) {
    const std::int64_t end = i + 1 < placed.tiles.size() ? placed.tiles[i + 1].at : axis.output;
    placed.tiles[i].count = end - placed.tiles[i].at;
  }
  return placed;
}

std::int64_t largest_tile(const TiledAxis& axis, std::int64_t most) {
  if (most >= axis.input) return axis.input;
  const std::int64_t stride = axis.field.stride;
  const std::int64_t tile = axis.input - (axis.input - most + stride - 1) / stride * stride;
  return tile >= 1 && tile_count(axis, tile) > 0 ? tile : 0;
}

std::int64_t smallest_tile(const TiledAxis& axis) {
  return first_tile(axis, [&](std::int64_t tile) { return tile_count(axis, tile) > 0; });
}

std::int64_t tile_of_count(const TiledAxis& axis, std::int64_t count) {
  return first_tile(axis, [&](std::int64_t tile) {
    const std::int64_t needed = tile_count(axis, tile);
    return needed > 0 && needed <= count;
  });
}

std::vector<TiledAxis> tiled_axes(const Network& network, std::int32_t output, const ReceptiveField& field) {
  NAS_CHECK(field.is_map, "tiles of what has no positions");
  const Shape& input = network.nodes[0].shape;
  std::vector<TiledAxis> axes;
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    axes.push_back({field.axes[axis], input.size[axis], network.shape_of(output).size[axis]});
  }
  return axes;
}

Result<Shape> tile_within(const Network& network, std::span<const TiledAxis> axes, std::int64_t bytes) {
  const Shape& whole = network.nodes[0].shape;
  std::vector<std::int64_t> counts(axes.size(), 1);
  std::vector<std::int64_t> sizes;
  for (const TiledAxis& axis : axes) sizes.push_back(axis.input);
  while (bytes_at(network, with_sizes(whole, sizes)) > bytes) {
    // The longest side that can still become shorter.
    std::size_t longest = axes.size();
    for (std::size_t axis = 0; axis < axes.size(); ++axis) {
      if (sizes[axis] <= smallest_tile(axes[axis])) continue;
      if (longest == axes.size() || sizes[axis] > sizes[longest]) longest = axis;
    }
    if (longest == axes.size()) {
      return Error{fmt::format("not even its smallest tile, {}, fits: its tensors need {} MiB",
                               to_string(with_sizes(whole, sizes)),
                               (bytes_at(network, with_sizes(whole, sizes)) >> 20) + 1)};
    }
    std::int64_t shorter = sizes[longest];
    while (shorter == sizes[longest]) shorter = tile_of_count(axes[longest], ++counts[longest]);
    sizes[longest] = shorter;
  }
  return with_sizes(whole, sizes);
}

}  // namespace nas
