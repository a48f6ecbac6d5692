#include "experiments/config/duration.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <optional>

namespace nas {
namespace {

std::optional<double> plain_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all && std::isfinite(value) && value >= 0 ? std::optional(value) : std::nullopt;
}

double seconds_of_unit(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return 86400;
    default:
      return 0;
  }
}

/// "2:00:00", "30:00".
std::optional<double> clock_time(std::string_view text) {
  double seconds = 0;
  for (;;) {
    const std::size_t colon = text.find(':');
    const auto part = plain_number(text.substr(0, colon));
    if (!part) return std::nullopt;
    seconds = 60 * seconds + *part;
    if (colon == std::string_view::npos) return seconds;
    text.remove_prefix(colon + 1);
  }
}

std::optional<double> seconds_in(std::string_view text) {
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto days = plain_number(text.substr(0, dash));
    const auto rest = clock_time(text.substr(dash + 1));
    return days && rest ? std::optional(86400 * *days + *rest) : std::nullopt;
  }
  if (text.find(':') != std::string_view::npos) return clock_time(text);
  const double unit = text.empty() ? 0 : seconds_of_unit(text.back());
  if (unit == 0) return plain_number(text);
  const auto number = plain_number(text.substr(0, text.size() - 1));
  return number ? std::optional(*number * unit) : std::nullopt;
}

}  // namespace

Result<double> parse_duration(std::string_view text, std::string_view what) {
  const std::optional<double> seconds = seconds_in(text);
  if (seconds && *seconds > 0) return *seconds;
  return Error{fmt::format("{}: '{}' is no length of time, write seconds (7200), 90m, 12h, 2d or hours:minutes:seconds",
                           what, text)};
}

}  // namespace nas
