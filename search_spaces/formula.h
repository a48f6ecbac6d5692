// Expressions in a space: most of their results are counts.
#pragma once

#include <span>

#include "nas/expression.h"

namespace nas {

/// The value of an expression; one within rounding of a whole number is that number: x / 6 may be
/// computed as x * (1 / 6), and 15.999999999999998 repetitions are 16.
[[nodiscard]] double evaluate_formula(const Expression& formula, std::span<const double> operands);

}  // namespace nas
