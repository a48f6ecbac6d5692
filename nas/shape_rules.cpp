#include "nas/shape_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

namespace nas::detail {
namespace {

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

Error too_much_work(std::string_view name, const Attributes& a, const Shape& input) {
  return Error{fmt::format("`{}` with {} outputs on {}: more than 2^50 multiplications, use fewer channels", name,
                           a.channels, to_string(input))};
}

Result<Shape> linear_shape(const Attributes& a, const Shape& input) {
  if (a.channels < 1) {
    return Error{
        fmt::format("`linear` on {}: units {} is out of range, it must be at least 1", to_string(input), a.channels)};
  }
  if (!bounded_product({input.elements(), a.channels})) return too_much_work("linear", a, input);
  return Shape{a.channels, 0, {1, 1, 1}};
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

Result<Shape> reshape_shape(const Attributes& a, const Shape& input) {
  Shape output{a.channels, 0, {1, 1, 1}};
  while (output.dims < Shape::kMaxDims && a.size[output.dims] != 0) {
    output.size[output.dims] = a.size[output.dims];
    ++output.dims;
  }
  for (std::size_t axis = output.dims; axis < Shape::kMaxDims; ++axis) {
    if (a.size[axis] != 0) {
      return Error{fmt::format("`reshape` on {}: size 0 of axis {} is out of range, it must be at least 1",
                               to_string(input), output.dims + 1)};
    }
  }
  if (auto error = check_shape(output)) return Error{fmt::format("`reshape`: {}", error->message)};
  if (output.elements() != input.elements()) {
    return Error{fmt::format("`reshape` of {} to {}: {} elements cannot become {}, all of them must be used",
                             to_string(input), to_string(output), input.elements(), output.elements())};
  }
  return output;
}

}  // namespace nas::detail
