// Operations without weights that change the size, other than pooling over windows.
#include <ATen/ops/adaptive_avg_pool1d.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_avg_pool3d.h>
#include <ATen/ops/adaptive_max_pool1d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/adaptive_max_pool3d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/lerp.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_linear1d.h>
#include <ATen/ops/upsample_nearest1d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/upsample_nearest3d.h>
#include <ATen/ops/upsample_trilinear3d.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "trainer/layer.h"
#include "trainer/padding.h"

namespace nas {

namespace {

using Sizes = std::vector<std::int64_t>;
using Resize = at::Tensor (*)(const at::Tensor& x, const Sizes& sizes);

/// Of the spatial axes of the output.
Sizes output_sizes(const LayerContext& context) {
  const Shape& shape = context.node.shape;
  return {shape.size.begin(), shape.size.begin() + static_cast<std::ptrdiff_t>(shape.dims)};
}

Layer resize_layer(const LayerContext& context, Resize resize) {
  return Layer{{}, {}, [resize, sizes = output_sizes(context)](std::span<const at::Tensor> in, const Pass&) {
                 return resize(in[0], sizes);
               }};
}

at::Tensor adaptive_average_pool(const at::Tensor& x, const Sizes& sizes) {
  if (sizes.size() == 1) return at::adaptive_avg_pool1d(x, sizes);
  return sizes.size() == 2 ? at::adaptive_avg_pool2d(x, sizes) : at::adaptive_avg_pool3d(x, sizes);
}

at::Tensor adaptive_max_pool(const at::Tensor& x, const Sizes& sizes) {
  if (sizes.size() == 1) return std::get<0>(at::adaptive_max_pool1d(x, sizes));
  return std::get<0>(sizes.size() == 2 ? at::adaptive_max_pool2d(x, sizes) : at::adaptive_max_pool3d(x, sizes));
}

at::Tensor repeat_positions(const at::Tensor& x, const Sizes& sizes) {
  if (sizes.size() == 1) return at::upsample_nearest1d(x, sizes);
  return sizes.size() == 2 ? at::upsample_nearest2d(x, sizes) : at::upsample_nearest3d(x, sizes);
}

at::Tensor interpolate(const at::Tensor& x, const Sizes& sizes) {
  constexpr bool kAlignCorners = false;
  if (sizes.size() == 1) return at::upsample_linear1d(x, sizes, kAlignCorners);
  return sizes.size() == 2 ? at::upsample_bilinear2d(x, sizes, kAlignCorners)
                           : at::upsample_trilinear3d(x, sizes, kAlignCorners);
}

/// Along one axis by a whole number: each of the `factor` outputs beside an input has weights of its own. torch
/// computes them from float32 positions, whose rounding grows with the distance from the origin, so that a tile's would
/// differ from the whole's.
at::Tensor interpolate_axis(const at::Tensor& x, std::int64_t axis, std::int64_t factor) {
  const std::int64_t rest = x.size(axis) - 1;
  const at::Tensor below = at::cat({x.narrow(axis, 0, 1), x.narrow(axis, 0, rest)}, axis);
  const at::Tensor above = at::cat({x.narrow(axis, 1, rest), x.narrow(axis, rest, 1)}, axis);
  std::vector<at::Tensor> outputs;
  for (std::int64_t i = 0; i < factor; ++i) {
    // Of the output's centre from the input's, in positions of the input: more than -1/2, less than 1/2.
    const double offset = (static_cast<double>(i) + 0.5) / static_cast<double>(factor) - 0.5;
    outputs.push_back(at::lerp(x, offset < 0 ? below : above, std::abs(offset)));
  }
  return at::stack(outputs, axis + 1).flatten(axis, axis + 1);
}

/// Positions are exact in float32 where the factor is a power of two.
bool rounds_positions(const Attributes& attributes, std::size_t dims) {
  return std::any_of(attributes.scale.begin(), attributes.scale.begin() + static_cast<std::ptrdiff_t>(dims),
                     [](std::int64_t factor) { return !std::has_single_bit(static_cast<std::uint64_t>(factor)); });
}

at::Tensor interpolate_exactly(at::Tensor x, const Attributes& attributes) {
  for (std::int64_t axis = 2; axis < x.dim(); ++axis) {
    const std::int64_t factor = attributes.scale[static_cast<std::size_t>(axis - 2)];
    if (factor > 1) x = interpolate_axis(x, axis, factor);
  }
  return x;
}

Sizes spatial_axes(const LayerContext& context) {
  Sizes axes;
  for (std::size_t axis = 0; axis < context.inputs[0].dims; ++axis) axes.push_back(static_cast<std::int64_t>(axis) + 2);
  return axes;
}

}  // namespace

Layer build_global_average_pool(LayerContext& context) {
  return Layer{{}, {}, [axes = spatial_axes(context)](std::span<const at::Tensor> in, const Pass&) {
                 return in[0].mean(axes, /*keepdim=*/true);
               }};
}

Layer build_global_max_pool(LayerContext& context) {
  return Layer{{}, {}, [axes = spatial_axes(context)](std::span<const at::Tensor> in, const Pass&) {
                 return in[0].amax(axes, /*keepdim=*/true);
               }};
}

Layer build_adaptive_average_pool(LayerContext& context) { return resize_layer(context, adaptive_average_pool); }

Layer build_adaptive_max_pool(LayerContext& context) { return resize_layer(context, adaptive_max_pool); }

Layer build_upsample(LayerContext& context) {
  const Attributes& attributes = context.node.attributes;
  if (!attributes.linear) return resize_layer(context, repeat_positions);
  if (!rounds_positions(attributes, context.inputs[0].dims)) return resize_layer(context, interpolate);
  // Training takes torch's function, which is faster, of the same values but for rounding.
  return Layer{{}, {}, [attributes, sizes = output_sizes(context)](std::span<const at::Tensor> in, const Pass& pass) {
                 return pass.mode == Mode::Training ? interpolate(in[0], sizes)
                                                    : interpolate_exactly(in[0], attributes);
               }};
}

Layer build_pad(LayerContext& context) {
  return Layer{{},
               {},
               [a = context.node.attributes, dims = context.inputs[0].dims](
                   std::span<const at::Tensor> in, const Pass&) { return pad(in[0], a, dims, 0); }};
}

}  // namespace nas
