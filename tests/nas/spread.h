// Mean and standard error over seeds, for tests that compare algorithms.
#pragma once

#include <cmath>
#include <vector>

namespace nas::testing {

struct Spread {
  double mean = 0;
  double error = 0;  // standard error of the mean
};

/// REQUIRES: at least two values.
inline Spread spread_of(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Spread spread;
  for (const double value : values) spread.mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - spread.mean) * (value - spread.mean);
  spread.error = std::sqrt(squares / (count - 1) / count);
  return spread;
}

}  // namespace nas::testing
