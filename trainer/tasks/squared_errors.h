// Sums of errors, batch by batch, for L1, MSE and R2.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

namespace nas {

class SquaredErrors {
 public:
  /// (batch, columns) float64 both.
  void add(const at::Tensor& found, const at::Tensor& truth);

  [[nodiscard]] double absolute() const;  // mean over all values
  [[nodiscard]] double squared() const;   // mean over all values
  /// 1 - squared error / squared distance from the mean, mean over the columns that vary (as
  /// scikit-learn's r2_score with uniform averages). Empty where none does.
  [[nodiscard]] std::optional<double> explained() const;

 private:
  std::int64_t rows_ = 0;
  at::Tensor absolute_;  // by column
  at::Tensor squared_;
  at::Tensor mean_;      // of the truth
  at::Tensor distance_;  // squared, of the truth from its mean
};

}  // namespace nas
