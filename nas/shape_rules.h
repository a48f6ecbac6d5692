// Shape rules of operations: the output's shape from the inputs', or why they do not fit, in words
// for the author of a space. Used by the rows of operations only.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "nas/network.h"
#include "nas/result.h"

namespace nas::detail {

/// Product of positive numbers; empty where it exceeds kMaxCount.
[[nodiscard]] std::optional<std::int64_t> bounded_product(std::initializer_list<std::int64_t> factors);

/// kernel[0] * kernel[1] * kernel[2]. REQUIRES: a kernel that a rule below has accepted.
[[nodiscard]] std::int64_t kernel_positions(const Attributes& attributes);

/// `name` is the operation's, for errors; here and below.
[[nodiscard]] Error too_much_work(std::string_view name, const Attributes& attributes, const Shape& input);

// shape_rules_window.cpp
[[nodiscard]] Result<Shape> conv_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> conv_transpose_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> pool_shape(std::string_view name, const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> global_pool_shape(std::string_view name, const Shape& input);
[[nodiscard]] Result<Shape> adaptive_pool_shape(std::string_view name, const Attributes& attributes,
                                                const Shape& input);
[[nodiscard]] Result<Shape> upsample_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> pad_shape(const Attributes& attributes, const Shape& input);

// shape_rules_norm.cpp: what keeps the shape
[[nodiscard]] Result<Shape> batch_norm_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> layer_norm_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> group_norm_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> channel_shuffle_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> drop_shape(std::string_view name, const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> leaky_relu_shape(const Attributes& attributes, const Shape& input);

// shape_rules.cpp
[[nodiscard]] Result<Shape> linear_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> zero_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> add_shape(std::span<const Shape> inputs);
[[nodiscard]] Result<Shape> multiply_shape(std::span<const Shape> inputs);
[[nodiscard]] Result<Shape> concat_shape(std::span<const Shape> inputs);
[[nodiscard]] Result<Shape> slice_shape(const Attributes& attributes, const Shape& input);
[[nodiscard]] Result<Shape> reshape_shape(const Attributes& attributes, const Shape& input);

}  // namespace nas::detail
