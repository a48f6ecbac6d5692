// Words for one operation of a network, for people: short on its box, complete in its tooltip.
#pragma once

#include <cstddef>
#include <string>

#include "nas/network.h"

namespace nas::detail {

/// "conv 3x3, 64 / 2", "BN", "max pool 2x2 / 2": what is at its usual value is left out.
[[nodiscard]] std::string short_label(const Network& network, std::size_t node);

/// "stem.conv_1: conv kernel=3x3 ..., 64x16x16, 1,728 params, 442,368 MACs".
[[nodiscard]] std::string full_label(const Network& network, std::size_t node);

/// The attributes alone, each one: nodes of one operation with equal texts are told alike.
[[nodiscard]] std::string attribute_text(const Network& network, std::size_t node);

/// A convolution of each channel by itself.
[[nodiscard]] bool is_depthwise(const Network& network, std::size_t node);

/// A convolution that mixes channels at each position by itself, all of them.
[[nodiscard]] bool is_pointwise(const Network& network, std::size_t node);

/// 1234567 -> "1,234,567".
[[nodiscard]] std::string with_commas(std::int64_t number);

}  // namespace nas::detail
