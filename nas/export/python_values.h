// Values as Python writes them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "nas/network.h"

namespace nas::detail {

/// "(3, 1)", "(3,)".
[[nodiscard]] std::string python_tuple(const std::vector<std::int64_t>& values);
/// One number where all of the first `dims` are equal, else a tuple.
[[nodiscard]] std::string python_axes(const Axes& axes, std::size_t dims);
/// The shortest text that reads back to this number; always with a point or an exponent.
[[nodiscard]] std::string python_float(double value);
/// "True", "False".
[[nodiscard]] std::string python_bool(bool value);

}  // namespace nas::detail
