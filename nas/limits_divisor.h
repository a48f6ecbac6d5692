// Limits that keep answers under a second are this much lower in the fuzz target, whose
// instrumented code is this much slower (NAS_FUZZ); 1 in every other build.
#pragma once

#include <cstddef>

namespace nas {

#ifdef NAS_LIMITS_DIVISOR
inline constexpr std::size_t kLimitsDivisor = NAS_LIMITS_DIVISOR;
#else
inline constexpr std::size_t kLimitsDivisor = 1;
#endif

}  // namespace nas
