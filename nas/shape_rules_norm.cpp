#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

/// The divisor of `channels` that is nearest to `wanted`, the smaller of two.
std::int64_t nearest_divisor(std::int64_t channels, std::int64_t wanted) {
  std::int64_t nearest = 1;
  for (std::int64_t divisor = 1; divisor <= channels / divisor; ++divisor) {
    if (channels % divisor != 0) continue;
    for (const std::int64_t candidate : {divisor, channels / divisor}) {
      const std::int64_t distance = std::abs(candidate - wanted);
      if (std::pair(distance, candidate) < std::pair(std::abs(nearest - wanted), nearest)) nearest = candidate;
    }
  }
  return nearest;
}

std::optional<Error> check_groups(std::string_view name, const Attributes& a, const Shape& input) {
  if (a.groups >= 1 && input.channels % a.groups == 0) return std::nullopt;
  return Error{fmt::format("`{}` on {}: groups {} does not divide the {} channels, use {}", name, to_string(input),
                           a.groups, input.channels, nearest_divisor(input.channels, a.groups))};
}

std::optional<Error> check_epsilon(std::string_view name, const Attributes& a) {
  if (a.epsilon > 0 && a.epsilon <= 1) return std::nullopt;
  return Error{fmt::format("`{}`: eps {} is out of range, use one above 0 and at most 1", name, a.epsilon)};
}

}  // namespace

Result<Shape> batch_norm_shape(const Attributes& a, const Shape& input) {
  if (auto error = check_epsilon("batch_norm", a)) return std::move(*error);
  if (!(a.momentum >= 0 && a.momentum <= 1)) {
    return Error{fmt::format("`batch_norm`: momentum {} is out of range, use one from 0 to 1", a.momentum)};
  }
  return input;
}

Result<Shape> layer_norm_shape(const Attributes& a, const Shape& input) {
  if (auto error = check_epsilon("layer_norm", a)) return std::move(*error);
  return input;
}

Result<Shape> group_norm_shape(const Attributes& a, const Shape& input) {
  if (auto error = check_epsilon("group_norm", a)) return std::move(*error);
  if (auto error = check_groups("group_norm", a, input)) return std::move(*error);
  return input;
}

Result<Shape> channel_shuffle_shape(const Attributes& a, const Shape& input) {
  if (auto error = check_groups("channel_shuffle", a, input)) return std::move(*error);
  return input;
}

Result<Shape> drop_shape(std::string_view name, const Attributes& a, const Shape& input) {
  if (!(a.rate >= 0 && a.rate < 1)) {
    return Error{fmt::format("`{}`: rate {} is out of range, use one from 0 to below 1", name, a.rate)};
  }
  return input;
}

Result<Shape> leaky_relu_shape(const Attributes& a, const Shape& input) {
  if (!(a.slope >= 0 && a.slope <= 1)) {
    return Error{fmt::format("`leaky_relu`: slope {} is out of range, use one from 0 to 1", a.slope)};
  }
  return input;
}

}  // namespace nas::detail
