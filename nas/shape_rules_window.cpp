#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

std::string axes_text(const Axes& axes, std::size_t dims) {
  const bool uniform = std::all_of(axes.begin(), axes.begin() + dims, [&](std::int32_t v) { return v == axes[0]; });
  std::string text = std::to_string(axes[0]);
  for (std::size_t axis = 1; axis < dims && !uniform; ++axis) text += fmt::format("x{}", axes[axis]);
  return text;
}

std::int64_t window_extent(const Attributes& a, std::size_t axis) {
  return std::int64_t{a.dilation[axis]} * (std::int64_t{a.kernel[axis]} - 1) + 1;
}

Error no_axis(std::string_view name, const Shape& input, std::string_view advice) {
  return Error{fmt::format("`{}` on a vector of {} features: it needs a signal with at least one axis, {}", name,
                           input.channels, advice)};
}

/// Every axis of the signal has a value of `least` or more, and no other axis has one.
std::optional<Error> check_axes(std::string_view name, std::string_view what, const Axes& axes, std::int32_t neutral,
                                std::int32_t least, const Shape& input) {
  for (std::size_t axis = 0; axis < Shape::kMaxDims; ++axis) {
    if (axis >= input.dims && axes[axis] != neutral) {
      return Error{fmt::format("`{}` on {}: {} is given for axis {}, the signal has {}", name, to_string(input), what,
                               axis + 1, input.dims)};
    }
    if (axis < input.dims && axes[axis] < least) {
      return Error{fmt::format("`{}` on {}: {} {} is out of range, it must be at least {}", name, to_string(input),
                               what, axes[axis], least)};
    }
  }
  return std::nullopt;
}

std::optional<Error> check_axis_values(std::string_view name, const Attributes& a, const Shape& input) {
  const auto wrong = [&](std::string_view what, std::int32_t value, std::int32_t least) {
    return Error{fmt::format("`{}` on {}: {} {} is out of range, it must be at least {}", name, to_string(input), what,
                             value, least)};
  };
  for (std::size_t axis = 0; axis < Shape::kMaxDims; ++axis) {
    if (a.kernel[axis] < 1) return wrong("kernel", a.kernel[axis], 1);
    if (a.stride[axis] < 1) return wrong("stride", a.stride[axis], 1);
    if (a.dilation[axis] < 1) return wrong("dilation", a.dilation[axis], 1);
    if (a.pad_low[axis] < 0) return wrong("padding", a.pad_low[axis], 0);
    if (a.pad_high[axis] < 0) return wrong("padding", a.pad_high[axis], 0);
    const bool neutral = a.kernel[axis] == 1 && a.stride[axis] == 1 && a.dilation[axis] == 1 && a.pad_low[axis] == 0 &&
                         a.pad_high[axis] == 0;
    if (axis >= input.dims && !neutral) {
      return Error{
          fmt::format("`{}` on {}: kernel, stride, dilation or padding is given for axis {}, the signal has {}", name,
                      to_string(input), axis + 1, input.dims)};
    }
  }
  return std::nullopt;
}

// PyTorch's rule: in ceil mode the last window must start inside the input or the padding below it.
std::int64_t output_size(const Attributes& a, std::size_t axis, std::int64_t size) {
  const std::int64_t room = size + a.pad_low[axis] + a.pad_high[axis] - window_extent(a, axis);
  const std::int64_t stride = a.stride[axis];
  if (!a.ceil_mode) return room / stride + 1;
  const std::int64_t last = (room + stride - 1) / stride;
  return last * stride >= size + a.pad_low[axis] ? last : last + 1;
}

Result<Shape> window_shape(std::string_view name, const Attributes& a, const Shape& input, std::int64_t channels) {
  if (input.dims == 0) return no_axis(name, input, "use `linear` or put it before the flattening");
  if (auto error = check_axis_values(name, a, input)) return std::move(*error);
  Shape output{channels, input.dims, {1, 1, 1}};
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const std::int64_t padded = input.size[axis] + a.pad_low[axis] + a.pad_high[axis];
    if (window_extent(a, axis) > padded) {
      return Error{fmt::format(
          "`{}` with kernel {}{} on {}: the window is larger than the padded input, use a smaller "
          "kernel, more padding or fewer strides before it",
          name, axes_text(a.kernel, input.dims),
          a.dilation == Axes{1, 1, 1} ? "" : " and dilation " + axes_text(a.dilation, input.dims), to_string(input))};
    }
    output.size[axis] = output_size(a, axis, input.size[axis]);
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`{}`: {}", name, error->message)};
  return output;
}

std::optional<Error> check_channels(std::string_view name, const Attributes& a, const Shape& input) {
  if (a.channels < 1) {
    return Error{fmt::format("`{}` on {}: channels {} is out of range, it must be at least 1", name, to_string(input),
                             a.channels)};
  }
  if (a.groups < 1 || input.channels % a.groups != 0 || a.channels % a.groups != 0) {
    return Error{fmt::format("`{}` with groups {} from {} to {} channels: groups must divide both, use a divisor of {}",
                             name, a.groups, input.channels, a.channels, std::gcd(input.channels, a.channels))};
  }
  return std::nullopt;
}

/// Where the transposed convolution writes, before `pad_low` and `pad_high` are cut off.
Result<std::int64_t> stretched_size(const Attributes& a, std::size_t axis, const Shape& input) {
  const auto steps = bounded_product({input.size[axis], a.stride[axis]});
  if (!steps) {
    return Error{fmt::format("`conv_transpose` with stride {} on {}: more than 2^50 elements", a.stride[axis],
                             to_string(input))};
  }
  return *steps - a.stride[axis] + window_extent(a, axis) + a.output_padding[axis];
}

}  // namespace

std::int64_t kernel_positions(const Attributes& a) {
  return std::int64_t{a.kernel[0]} * std::int64_t{a.kernel[1]} * std::int64_t{a.kernel[2]};
}

Result<Shape> conv_shape(const Attributes& a, const Shape& input) {
  if (auto error = check_channels("conv", a, input)) return std::move(*error);
  auto output = window_shape("conv", a, input, a.channels);
  if (!output) return output;
  if (!bounded_product({output->elements(), input.channels / a.groups, a.kernel[0], a.kernel[1], a.kernel[2]})) {
    return too_much_work("conv", a, input);
  }
  return output;
}

Result<Shape> pool_shape(std::string_view name, const Attributes& a, const Shape& input) {
  auto output = window_shape(name, a, input, input.channels);
  if (!output) return output;
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const std::int64_t padding = std::max(a.pad_low[axis], a.pad_high[axis]);
    if (padding > window_extent(a, axis) / 2) {
      return Error{
          fmt::format("`{}` with kernel {} on {}: padding {} is more than half of the window (a window could "
                      "hold nothing but padding), use at most {}",
                      name, axes_text(a.kernel, input.dims), to_string(input), padding, window_extent(a, axis) / 2)};
    }
  }
  return output;
}

Result<Shape> conv_transpose_shape(const Attributes& a, const Shape& input) {
  constexpr std::string_view kName = "conv_transpose";
  if (input.dims == 0) return no_axis(kName, input, "use `linear`, or `reshape` before it");
  if (auto error = check_channels(kName, a, input)) return std::move(*error);
  if (auto error = check_axis_values(kName, a, input)) return std::move(*error);
  if (auto error = check_axes(kName, "output_padding", a.output_padding, 0, 0, input)) return std::move(*error);
  Shape output{a.channels, input.dims, {1, 1, 1}};
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const std::int32_t most = std::max(a.stride[axis], a.dilation[axis]) - 1;
    if (a.output_padding[axis] > most) {
      return Error{
          fmt::format("`conv_transpose` on {}: output_padding {} is out of range (it must be below the stride "
                      "or the dilation), use at most {}",
                      to_string(input), a.output_padding[axis], most)};
    }
    const auto stretched = stretched_size(a, axis, input);
    if (!stretched) return stretched.error();
    output.size[axis] = *stretched - a.pad_low[axis] - a.pad_high[axis];
    if (output.size[axis] < 1) {
      return Error{fmt::format(
          "`conv_transpose` with kernel {} on {}: padding {} and {} cuts off all of the {} "
          "positions, use less padding",
          axes_text(a.kernel, input.dims), to_string(input), a.pad_low[axis], a.pad_high[axis], *stretched)};
    }
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`conv_transpose`: {}", error->message)};
  if (!bounded_product({input.elements(), a.channels / a.groups, a.kernel[0], a.kernel[1], a.kernel[2]})) {
    return too_much_work(kName, a, input);
  }
  return output;
}

Result<Shape> global_pool_shape(std::string_view name, const Shape& input) {
  if (input.dims == 0) {
    return Error{fmt::format("`{}` on a vector of {} features: there is no axis left to pool over, leave it out", name,
                             input.channels)};
  }
  return Shape{input.channels, input.dims, {1, 1, 1}};
}

Result<Shape> adaptive_pool_shape(std::string_view name, const Attributes& a, const Shape& input) {
  if (input.dims == 0) return no_axis(name, input, "put it before the flattening");
  if (auto error = check_axes(name, "size", a.size, 0, 1, input)) return std::move(*error);
  Shape output{input.channels, input.dims, {1, 1, 1}};
  for (std::size_t axis = 0; axis < input.dims; ++axis) output.size[axis] = a.size[axis];
  if (auto error = check_shape(output)) return Error{fmt::format("`{}`: {}", name, error->message)};
  return output;
}

Result<Shape> upsample_shape(const Attributes& a, const Shape& input) {
  if (input.dims == 0) return no_axis("upsample", input, "put it before the flattening, or use `linear`");
  if (auto error = check_axes("upsample", "scale", a.scale, 1, 1, input)) return std::move(*error);
  Shape output = input;
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const auto size = bounded_product({input.size[axis], a.scale[axis]});
    if (!size) {
      return Error{
          fmt::format("`upsample` with scale {} on {}: more than 2^50 elements", a.scale[axis], to_string(input))};
    }
    output.size[axis] = *size;
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`upsample`: {}", error->message)};
  return output;
}

Result<Shape> pad_shape(const Attributes& a, const Shape& input) {
  if (input.dims == 0) return no_axis("pad", input, "put it before the flattening");
  constexpr std::int32_t kAny = std::numeric_limits<std::int32_t>::min();
  for (const Axes& side : {a.pad_low, a.pad_high}) {
    if (auto error = check_axes("pad", "padding", side, 0, kAny, input)) return std::move(*error);
  }
  Shape output = input;
  for (std::size_t axis = 0; axis < input.dims; ++axis) {
    const std::int64_t low = a.pad_low[axis];
    const std::int64_t high = a.pad_high[axis];
    if (input.size[axis] + std::min<std::int64_t>(low, 0) + std::min<std::int64_t>(high, 0) < 1) {
      return Error{fmt::format("`pad` on {}: padding {} and {} cuts off all of the {} positions of axis {}",
                               to_string(input), low, high, input.size[axis], axis + 1)};
    }
    output.size[axis] += low + high;
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`pad`: {}", error->message)};
  return output;
}

}  // namespace nas::detail
