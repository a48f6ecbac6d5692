#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool3d.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/max_pool3d.h>
#include <ATen/ops/ones.h>

#include <limits>

#include "nas/check.h"
#include "trainer/layer.h"
#include "trainer/padding.h"

namespace nas {

namespace {

/// A window over 2 or 3 axes; a 1-D signal is taken as an image one pixel high.
struct Window {
  std::vector<std::int64_t> kernel, stride, padding, dilation;
  bool ceil_mode = false;
};

Window make_window(const Attributes& a, std::size_t dims, bool pads_itself) {
  Window window{axis_values(a.kernel, dims), axis_values(a.stride, dims), axis_values(a.pad_low, dims),
                axis_values(a.dilation, dims), a.ceil_mode};
  if (!pads_itself) window.padding.assign(dims, 0);
  if (dims == 1) {
    window.kernel.insert(window.kernel.begin(), 1);
    window.stride.insert(window.stride.begin(), 1);
    window.padding.insert(window.padding.begin(), 0);
    window.dilation.insert(window.dilation.begin(), 1);
  }
  return window;
}

at::Tensor max_pool(const at::Tensor& x, const Window& w) {
  return w.kernel.size() == 3 ? at::max_pool3d(x, w.kernel, w.stride, w.padding, w.dilation, w.ceil_mode)
                              : at::max_pool2d(x, w.kernel, w.stride, w.padding, w.dilation, w.ceil_mode);
}

at::Tensor average_pool(const at::Tensor& x, const Window& w, bool count_include_pad,
                        std::optional<std::int64_t> divisor = std::nullopt) {
  return w.kernel.size() == 3
             ? at::avg_pool3d(x, w.kernel, w.stride, w.padding, w.ceil_mode, count_include_pad, divisor)
             : at::avg_pool2d(x, w.kernel, w.stride, w.padding, w.ceil_mode, count_include_pad, divisor);
}

/// In ceil mode torch rounds on the padded size, the network on the unpadded one: the last window
/// may be one that the network does not have.
at::Tensor trim(at::Tensor x, const Shape& shape) {
  for (std::size_t axis = 0; axis < shape.dims; ++axis) {
    x = x.narrow(static_cast<std::int64_t>(axis) + 2, 0, shape.size[axis]);
  }
  return x;
}

/// For each output position, how many elements of the unpadded input its window covers.
at::Tensor window_counts(const Attributes& a, const Shape& input, const Window& window, at::Device device) {
  std::vector<std::int64_t> sizes = {1, 1};
  for (std::size_t axis = 0; axis < input.dims; ++axis) sizes.push_back(input.size[axis]);
  at::Tensor ones = pad(at::ones(sizes, at::TensorOptions().dtype(at::kFloat).device(device)), a, input.dims, 0);
  if (input.dims == 1) ones = ones.unsqueeze(2);
  return average_pool(ones, window, true, 1);
}

using Pool = std::function<at::Tensor(const at::Tensor&)>;

/// Runs `pool` on (batch, channels, ...) with at least two spatial axes.
Layer pool_layer(const LayerContext& context, bool pads_itself, double padding_value, Pool pool) {
  const std::size_t dims = context.inputs[0].dims;
  Layer layer;
  layer.forward = [a = context.node.attributes, shape = context.node.shape, dims, pads_itself, padding_value,
                   pool = std::move(pool)](std::span<const at::Tensor> in, const Pass&) {
    const at::Tensor x = pads_itself ? in[0] : pad(in[0], a, dims, padding_value);
    const at::Tensor pooled = dims == 1 ? pool(x.unsqueeze(2)).squeeze(2) : pool(x);
    return pads_itself ? pooled : trim(pooled, shape);
  };
  return layer;
}

}  // namespace

Layer build_max_pool(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  const bool pads_itself = pads_evenly(a);
  const Window window = make_window(a, context.inputs[0].dims, pads_itself);
  return pool_layer(context, pads_itself, -std::numeric_limits<double>::infinity(),
                    [window](const at::Tensor& x) { return max_pool(x, window); });
}

Layer build_average_pool(LayerContext& context) {
  const Attributes& a = context.node.attributes;
  const bool pads_itself = pads_evenly(a);
  const Window window = make_window(a, context.inputs[0].dims, pads_itself);
  if (pads_itself || a.count_include_pad) {
    return pool_layer(context, pads_itself, 0, [window, include = a.count_include_pad](const at::Tensor& x) {
      return average_pool(x, window, include);
    });
  }
  const at::Tensor counts = window_counts(a, context.inputs[0], window, context.device);
  return pool_layer(context, pads_itself, 0,
                    [window, counts](const at::Tensor& x) { return average_pool(x, window, true, 1).div(counts); });
}

}  // namespace nas
