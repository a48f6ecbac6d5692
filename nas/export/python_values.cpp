#include "nas/export/python_values.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nas::detail {

std::string python_tuple(const std::vector<std::int64_t>& values) {
  return fmt::format("({}{})", fmt::join(values, ", "), values.size() == 1 ? "," : "");
}

std::string python_axes(const Axes& axes, std::size_t dims) {
  const auto end = axes.begin() + static_cast<std::ptrdiff_t>(dims);
  if (std::all_of(axes.begin(), end, [&](std::int32_t value) { return value == axes[0]; })) {
    return std::to_string(axes[0]);
  }
  return python_tuple({axes.begin(), end});
}

std::string python_float(double value) {
  std::string text = fmt::format("{}", value);
  if (text.find_first_of(".en") == std::string::npos) text += ".0";
  return text;
}

std::string python_bool(bool value) { return value ? "True" : "False"; }

}  // namespace nas::detail
