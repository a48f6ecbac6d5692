#include "trainer/fold_metrics.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>

#include "nas/check.h"

namespace nas {
namespace {

constexpr std::string_view kSeconds = "train_seconds";
constexpr std::string_view kRate = "images_per_second";
constexpr std::array<std::string_view, 3> kLargest = {"peak_memory_bytes", "recomputed_share", "micro_batches"};

/// None where a fold has none.
std::optional<std::vector<double>> values_of(std::span<const Metrics> folds, const std::string& name) {
  std::vector<double> values;
  for (const Metrics& fold : folds) {
    const auto found = fold.find(name);
    if (found == fold.end()) return std::nullopt;
    values.push_back(found->second);
  }
  return values;
}

double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

/// val_accuracy.early -> val_accuracy_std.early
std::string deviation_name(const std::string& name) {
  const std::size_t dot = std::min(name.find('.'), name.size());
  return name.substr(0, dot) + "_std" + name.substr(dot);
}

double rate_of(const std::vector<double>& rates, const std::vector<double>& seconds) {
  const double all = std::accumulate(seconds.begin(), seconds.end(), 0.0);
  return all > 0 ? std::inner_product(rates.begin(), rates.end(), seconds.begin(), 0.0) / all : 0;
}

}  // namespace

Metrics combine_folds(std::span<const Metrics> folds) {
  NAS_CHECK(folds.size() > 1, "one fold has no standard deviation");
  Metrics combined;
  for (const auto& [name, first] : folds.front()) {
    const auto values = values_of(folds, name);
    if (!values) continue;
    combined[name] = mean_of(*values);
    if (name.starts_with("val_")) combined[deviation_name(name)] = deviation_of(*values);
    if (std::find(kLargest.begin(), kLargest.end(), name) != kLargest.end()) {
      combined[name] = *std::max_element(values->begin(), values->end());
    }
    const bool is_spent = name == kSeconds || name.starts_with("train_energy_");
    if (is_spent) combined[name] = std::accumulate(values->begin(), values->end(), 0.0);
    if (name == kRate) {
      if (const auto seconds = values_of(folds, std::string(kSeconds))) combined[name] = rate_of(*values, *seconds);
    }
  }
  return combined;
}

std::vector<CurvePoint> mean_curve(std::span<const std::vector<CurvePoint>> curves) {
  std::size_t longest = 0;
  for (const auto& curve : curves) {
    if (curve.empty()) return {};
    longest = std::max(longest, curve.size());
  }
  std::vector<CurvePoint> means;
  for (std::size_t i = 0; i < longest; ++i) {
    std::vector<Metrics> points;
    for (const auto& curve : curves) points.push_back(curve[std::min(i, curve.size() - 1)].metrics);
    CurvePoint& mean = means.emplace_back();
    mean.epoch = static_cast<std::int32_t>(i) + 1;
    for (const auto& [name, first] : points.front()) {
      if (const auto values = values_of(points, name)) mean.metrics[name] = mean_of(*values);
    }
  }
  return means;
}

}  // namespace nas
