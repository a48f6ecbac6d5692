// From values to the scores that a model is trained on: only their order counts.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nas {

/// Distribution function of the standard normal distribution.
[[nodiscard]] double normal_probability(double z);

/// Quantile of the standard normal distribution. REQUIRES: 0 < p < 1. Relative error below 1e-9
/// (Acklam's rational approximation and one step of Halley).
[[nodiscard]] double normal_quantile(double p);

/// Maps values to Phi^-1((rank - 1/2) / n), rank among those inserted, counted from 1: outliers and
/// the scale of a metric do not matter (normal scores, Blom 1958). Equal values share the mean of
/// their ranks.
class NormalScores {
 public:
  /// O(n), a memory move. REQUIRES: finite.
  void insert(double value);
  [[nodiscard]] std::size_t size() const { return sorted_.size(); }
  /// Of a value that was inserted, its score; of another, between those of its neighbours in
  /// proportion; beyond the ends it goes on at the mean slope. REQUIRES: size() > 0.
  [[nodiscard]] double score(double value) const;
  /// The highest score that any value has. REQUIRES: size() > 0.
  [[nodiscard]] double worst() const { return score(sorted_.back()); }
  /// The least and the greatest value. REQUIRES: size() > 0.
  [[nodiscard]] double least() const { return sorted_.front(); }
  [[nodiscard]] double greatest() const { return sorted_.back(); }

 private:
  std::vector<double> sorted_;
};

}  // namespace nas
