#include "search_spaces/formula.h"

#include <algorithm>
#include <cmath>

namespace nas {

double evaluate_formula(const Expression& formula, std::span<const double> operands) {
  constexpr double kRounding = 1e-12;
  const double value = formula.evaluate(operands);
  const double whole = std::round(value);
  return std::abs(value - whole) <= kRounding * std::max(1.0, std::abs(value)) ? whole : value;
}

}  // namespace nas
