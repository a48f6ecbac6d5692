// Operations without weights that change the size, other than pooling over windows.
#include <ATen/ops/adaptive_avg_pool1d.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/adaptive_avg_pool3d.h>
#include <ATen/ops/adaptive_max_pool1d.h>
#include <ATen/ops/adaptive_max_pool2d.h>
#include <ATen/ops/adaptive_max_pool3d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_linear1d.h>
#include <ATen/ops/upsample_nearest1d.h>
#include <ATen/ops/upsample_nearest2d.h>
#include <ATen/ops/upsample_nearest3d.h>
#include <ATen/ops/upsample_trilinear3d.h>

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
  return resize_layer(context, context.node.attributes.linear ? interpolate : repeat_positions);
}

Layer build_pad(LayerContext& context) {
  return Layer{{},
               {},
               [a = context.node.attributes, dims = context.inputs[0].dims](
                   std::span<const at::Tensor> in, const Pass&) { return pad(in[0], a, dims, 0); }};
}

}  // namespace nas
