// Lengths of time as people and batch systems write them.
#pragma once

#include <string_view>

#include "nas/result.h"

namespace nas {

/// Seconds of "90", "90s", "15m", "2h", "1.5d", or "[days-]hours:minutes:seconds" ("30:00" is half
/// an hour). Error: anything else, nothing, or no time at all; `what` says what it is for.
[[nodiscard]] Result<double> parse_duration(std::string_view text, std::string_view what);

}  // namespace nas
