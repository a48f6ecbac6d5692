// Parts of the table of operations, and the attributes that rows share. For nas/operation.cpp only.
#pragma once

#include <span>
#include <vector>

#include "nas/operation.h"

namespace nas::detail {

using Shapes = std::span<const Shape>;

inline constexpr AttributeField kChannels{"channels", &Attributes::channels};
inline constexpr AttributeField kGroups{"groups", &Attributes::groups};
inline constexpr AttributeField kBias{"bias", &Attributes::bias};
inline constexpr AttributeField kSize{"size", &Attributes::size};
inline constexpr AttributeField kPadLow{"pad_low", &Attributes::pad_low};
inline constexpr AttributeField kPadHigh{"pad_high", &Attributes::pad_high};
inline constexpr AttributeField kRate{"rate", &Attributes::rate};

/// Of a window that moves `stride` positions.
[[nodiscard]] std::optional<Reach> reach_of_window(const Attributes& attributes, std::size_t axis);

[[nodiscard]] std::vector<Operation> window_rows();      // operation_rows_window.cpp
[[nodiscard]] std::vector<Operation> pool_rows();        // operation_rows_pool.cpp
[[nodiscard]] std::vector<Operation> norm_rows();        // operation_rows_norm.cpp
[[nodiscard]] std::vector<Operation> activation_rows();  // operation_rows_activation.cpp
[[nodiscard]] std::vector<Operation> tensor_rows();      // operation_rows_tensor.cpp

}  // namespace nas::detail
