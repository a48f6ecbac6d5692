#include "trainer/tasks/structural_similarity.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool1d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/avg_pool3d.h>

#include <algorithm>
#include <vector>

namespace nas {

namespace {

constexpr std::int64_t kWindow = 7;

/// Means over all windows.
at::Tensor window_means(const at::Tensor& values, const std::vector<std::int64_t>& window) {
  const std::vector<std::int64_t> stride(window.size(), 1);
  switch (window.size()) {
    case 1:
      return at::avg_pool1d(values, window, stride);
    case 2:
      return at::avg_pool2d(values, window, stride);
    default:
      return at::avg_pool3d(values, window, stride);
  }
}

}  // namespace

at::Tensor structural_similarity(const at::Tensor& a, const at::Tensor& b, double range) {
  std::vector<std::int64_t> window;
  double positions = 1;
  for (std::int64_t axis = 2; axis < a.dim(); ++axis) {
    window.push_back(std::min(kWindow, a.size(axis)));
    positions *= static_cast<double>(window.back());
  }
  const auto mean = [&](const at::Tensor& values) { return window_means(values, window); };
  const double sample = positions > 1 ? positions / (positions - 1) : 1;
  const at::Tensor mean_a = mean(a);
  const at::Tensor mean_b = mean(b);
  const at::Tensor variance_a = (mean(a * a) - mean_a * mean_a) * sample;
  const at::Tensor variance_b = (mean(b * b) - mean_b * mean_b) * sample;
  const at::Tensor covariance = (mean(a * b) - mean_a * mean_b) * sample;
  const double c1 = 0.01 * range * 0.01 * range;
  const double c2 = 0.03 * range * 0.03 * range;
  const at::Tensor similarity = (2 * mean_a * mean_b + c1) * (2 * covariance + c2) /
                                ((mean_a * mean_a + mean_b * mean_b + c1) * (variance_a + variance_b + c2));
  return similarity.flatten(1).mean(1);
}

}  // namespace nas
