// What several passes with dropout say together: their mean, and how far they agree.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "trainer/task.h"

namespace nas {

/// On the device of the passes; tensors that do not apply are undefined.
struct Estimate {
  /// (batch, classes, ...) probabilities; (batch, numbers, ...) in the unit of the passes.
  at::Tensor values;
  // Of several passes: for classes of a position or record (batch, ...) in nats, for labels (batch, labels) each by
  // itself.
  at::Tensor entropy = {};             // of the mean prediction
  at::Tensor mutual_information = {};  // between prediction and weights: entropy - mean entropy of the passes
  at::Tensor deviation = {};           // of numbers, over the passes (divided by their number); as `values`
};

/// Gal & Ghahramani 2016 for the mean and the entropy of it; Houlsby et al. 2011, equation 2, for the mutual
/// information. Used from one thread.
class PassAverage {
 public:
  explicit PassAverage(TaskKind task) : task_(task) {}

  /// (batch, classes, ...) probabilities or (batch, numbers, ...) of one more pass over the same records.
  void add(const at::Tensor& values);
  /// REQUIRES: one was added.
  [[nodiscard]] Estimate estimate() const;

 private:
  [[nodiscard]] bool of_numbers() const;
  [[nodiscard]] at::Tensor entropy_of(const at::Tensor& probabilities) const;

  TaskKind task_;
  std::int64_t passes_ = 0;
  at::Tensor mean_;
  at::Tensor spread_;  // classes: mean entropy; numbers: squared distances from the mean (Welford 1962)
};

}  // namespace nas
