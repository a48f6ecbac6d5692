#include "nas/shape_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

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
  if (input.dims == 0) {
    return Error{
        fmt::format("`{}` on a vector of {} features: it needs a signal with at least one axis, use `linear` "
                    "or put it before the flattening",
                    name, input.channels)};
  }
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

Error too_much_work(std::string_view name, const Attributes& a, const Shape& input) {
  return Error{fmt::format("`{}` with {} outputs on {}: more than 2^50 multiplications, use fewer channels", name,
                           a.channels, to_string(input))};
}

std::string advice_to_add(const Shape& first, const Shape& other) {
  if (first.dims != other.dims) return "bring them to one number of axes first";
  if (first.size == other.size) {
    return fmt::format("a `conv` with kernel 1, channels {} on the second makes them equal", first.channels);
  }
  const bool shrink_first = first.size[0] > other.size[0];
  const Shape& large = shrink_first ? first : other;
  const Shape& small = shrink_first ? other : first;
  const std::int64_t stride = large.size[0] / small.size[0];
  for (std::size_t axis = 0; axis < large.dims; ++axis) {
    if ((large.size[axis] - 1) / stride + 1 != small.size[axis]) return "use the same strides and padding on all ways";
  }
  return fmt::format("a `conv` with kernel 1, channels {}, stride {} on the {} makes them equal", small.channels,
                     stride, shrink_first ? "first" : "second");
}

}  // namespace

std::optional<std::int64_t> bounded_product(std::initializer_list<std::int64_t> factors) {
  std::int64_t product = 1;
  for (const std::int64_t factor : factors) {
    if (factor > kMaxCount / product) return std::nullopt;
    product *= factor;
  }
  return product;
}

std::int64_t kernel_positions(const Attributes& a) {
  return std::int64_t{a.kernel[0]} * std::int64_t{a.kernel[1]} * std::int64_t{a.kernel[2]};
}

Result<Shape> conv_shape(const Attributes& a, const Shape& input) {
  if (a.channels < 1) {
    return Error{
        fmt::format("`conv` on {}: channels {} is out of range, it must be at least 1", to_string(input), a.channels)};
  }
  if (a.groups < 1 || input.channels % a.groups != 0 || a.channels % a.groups != 0) {
    return Error{
        fmt::format("`conv` with groups {} from {} to {} channels: groups must divide both, use a divisor of {}",
                    a.groups, input.channels, a.channels, std::gcd(input.channels, a.channels))};
  }
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

Result<Shape> global_pool_shape(const Shape& input) {
  if (input.dims == 0) {
    return Error{
        fmt::format("`global_average_pool` on a vector of {} features: there is no axis left to average over, "
                    "leave it out",
                    input.channels)};
  }
  return Shape{input.channels, input.dims, {1, 1, 1}};
}

Result<Shape> linear_shape(const Attributes& a, const Shape& input) {
  if (a.channels < 1) {
    return Error{
        fmt::format("`linear` on {}: units {} is out of range, it must be at least 1", to_string(input), a.channels)};
  }
  if (!bounded_product({input.elements(), a.channels})) return too_much_work("linear", a, input);
  return Shape{a.channels, 0, {1, 1, 1}};
}

Result<Shape> batch_norm_shape(const Attributes& a, const Shape& input) {
  if (!(a.epsilon > 0 && a.epsilon <= 1)) {
    return Error{fmt::format("`batch_norm`: eps {} is out of range, use one above 0 and at most 1", a.epsilon)};
  }
  if (!(a.momentum >= 0 && a.momentum <= 1)) {
    return Error{fmt::format("`batch_norm`: momentum {} is out of range, use one from 0 to 1", a.momentum)};
  }
  return input;
}

Result<Shape> dropout_shape(const Attributes& a, const Shape& input) {
  if (!(a.rate >= 0 && a.rate < 1)) {
    return Error{fmt::format("`dropout`: rate {} is out of range, use one from 0 to below 1", a.rate)};
  }
  return input;
}

Result<Shape> zero_shape(const Attributes& a, const Shape& input) {
  Shape output = input;
  if (a.channels != 0) output.channels = a.channels;
  if (auto error = check_shape(output)) return Error{fmt::format("`zero`: {}", error->message)};
  return output;
}

Result<Shape> add_shape(std::span<const Shape> inputs) {
  for (const Shape& shape : inputs.subspan(1)) {
    if (shape != inputs[0]) {
      return Error{fmt::format("`add` of {} and {}: shapes must be equal; {}", to_string(inputs[0]), to_string(shape),
                               advice_to_add(inputs[0], shape))};
    }
  }
  return inputs[0];
}

Result<Shape> multiply_shape(std::span<const Shape> inputs) {
  Shape output = inputs[0];
  const auto broadcast = [](std::int64_t& a, std::int64_t b) {
    const bool fits = a == b || a == 1 || b == 1;
    a = std::max(a, b);
    return fits;
  };
  for (const Shape& shape : inputs.subspan(1)) {
    bool fits = shape.dims == output.dims && broadcast(output.channels, shape.channels);
    for (std::size_t axis = 0; fits && axis < shape.dims; ++axis) fits = broadcast(output.size[axis], shape.size[axis]);
    if (!fits) {
      return Error{
          fmt::format("`multiply` of {} and {}: axes must be equal or 1; a `conv` with kernel 1 or a "
                      "`global_average_pool` can make them so",
                      to_string(inputs[0]), to_string(shape))};
    }
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`multiply`: {}", error->message)};
  return output;
}

Result<Shape> concat_shape(std::span<const Shape> inputs) {
  Shape output = inputs[0];
  for (const Shape& shape : inputs.subspan(1)) {
    if (shape.dims != output.dims || shape.size != output.size) {
      return Error{
          fmt::format("`concat` of {} and {}: all axes but channels must be equal, use the same strides and "
                      "padding on all ways",
                      to_string(inputs[0]), to_string(shape))};
    }
    output.channels = std::min(output.channels, kMaxCount) + shape.channels;
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`concat`: {}", error->message)};
  return output;
}

Result<Shape> slice_shape(const Attributes& a, const Shape& input) {
  if (a.start < 0 || a.start >= input.channels) {
    return Error{fmt::format("`slice` on {}: start {} is out of range, use one from 0 to {}", to_string(input), a.start,
                             input.channels - 1)};
  }
  if (a.channels < 1 || a.channels > input.channels - a.start) {
    return Error{fmt::format("`slice` on {}: channels {} from {} on is out of range, use 1 to {}", to_string(input),
                             a.channels, a.start, input.channels - a.start)};
  }
  Shape output = input;
  output.channels = a.channels;
  return output;
}

}  // namespace nas::detail
