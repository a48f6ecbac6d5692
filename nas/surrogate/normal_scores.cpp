#include "nas/surrogate/normal_scores.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "nas/check.h"

namespace nas {
namespace {

/// Acklam 2003: 1.15e-9 at worst.
double rough_quantile(double p) {
  constexpr double kLow = 0.02425;
  constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                          1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
                          -1.328068155288572e+01};
  constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                          -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00};
  if (p < kLow) {
    const double q = std::sqrt(-2 * std::log(p));
    return (((((c[0] * q + c[1]) * q + c[2]) * q + c[3]) * q + c[4]) * q + c[5]) /
           ((((d[0] * q + d[1]) * q + d[2]) * q + d[3]) * q + 1);
  }
  if (p > 1 - kLow) return -rough_quantile(1 - p);
  const double q = p - 0.5;
  const double r = q * q;
  return (((((a[0] * r + a[1]) * r + a[2]) * r + a[3]) * r + a[4]) * r + a[5]) * q /
         (((((b[0] * r + b[1]) * r + b[2]) * r + b[3]) * r + b[4]) * r + 1);
}

}  // namespace

double normal_probability(double z) { return 0.5 * std::erfc(-z / std::numbers::sqrt2); }

double normal_quantile(double p) {
  NAS_CHECK(p > 0 && p < 1, "a probability between 0 and 1");
  const double x = rough_quantile(p);
  const double error = normal_probability(x) - p;
  const double step = error * std::sqrt(2 * std::numbers::pi) * std::exp(x * x / 2);
  return x - step / (1 + x * step / 2);
}

void NormalScores::insert(double value) {
  NAS_CHECK(std::isfinite(value), "a finite value");
  sorted_.insert(std::ranges::upper_bound(sorted_, value), value);
}

double NormalScores::score(double value) const {
  NAS_CHECK(!sorted_.empty(), "a score needs a value to compare with");
  const auto count = static_cast<double>(sorted_.size());
  // (rank - 1/2) of the values equal to sorted_[index].
  const auto middle = [&](std::size_t index) {
    const auto [first, last] = std::equal_range(sorted_.begin(), sorted_.end(), sorted_[index]);
    return static_cast<double>((first - sorted_.begin()) + (last - sorted_.begin())) / 2;
  };
  const auto above = std::ranges::lower_bound(sorted_, value);
  if (above == sorted_.end() || (above == sorted_.begin() && value < *above)) {
    const double lowest = normal_quantile(middle(0) / count);
    const double highest = normal_quantile(middle(sorted_.size() - 1) / count);
    const double range = sorted_.back() - sorted_.front();
    const double slope = range > 0 ? (highest - lowest) / range : 0;
    return value < sorted_.front() ? lowest - slope * (sorted_.front() - value)
                                   : highest + slope * (value - sorted_.back());
  }
  const auto index = static_cast<std::size_t>(above - sorted_.begin());
  if (*above == value) return normal_quantile(middle(index) / count);
  const double below = sorted_[index - 1];
  const double low = normal_quantile(middle(index - 1) / count);
  const double high = normal_quantile(middle(index) / count);
  return low + (high - low) * (value - below) / (*above - below);
}

}  // namespace nas
