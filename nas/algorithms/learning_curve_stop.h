// Ends trainings that lag behind the learning curves of others, by bounds that are given with a candidate.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "nas/search_algorithm.h"

namespace nas {

/// The learning curves of the latest trainings that came to one number of epochs, and what they say
/// of one that is on its way there: it ends where it is behind two thirds of them at the same epoch.
/// In the manner of the median stopping rule (Golovin et al. 2017, Google Vizier, section 3.2.2),
/// whose bound is the median of running means: after successive halving half of what trains is too
/// much to lose (bench_fashion_mnist_curves after 540 epochs: .8005 with the median, .8011 with two
/// thirds, .8015 without; after 270: .7988, .7992, .7984; 400 seeds). Bounded cost. Not thread-safe.
class LearningCurveStop {
 public:
  static constexpr std::size_t kFewest = 5;    // curves, for a bound
  static constexpr std::size_t kWindow = 100;  // curves, the latest

  /// Bounds for the epochs from `from` + 1 to `to` - 1.
  LearningCurveStop(std::int32_t from, std::int32_t to) : from_(from), to_(to) {}

  /// Of a training that came to `to` epochs. `curve`: the first objective by epoch from 1, minimised;
  /// NaN where it is not known. `costs`: its other objectives, which no training changes.
  void add(const std::vector<double>& curve, std::vector<double> costs);

  /// Proposal::stop_above of a candidate with these costs, by the curves of those that are nowhere
  /// costlier. Empty where there are fewer than kFewest of them.
  [[nodiscard]] std::vector<double> bounds(const std::vector<double>& costs) const;

 private:
  struct Curve {
    std::vector<double> values;  // from epoch from_ + 1 to to_ - 1
    std::vector<double> costs;
  };
  std::int32_t from_;
  std::int32_t to_;
  std::deque<Curve> curves_;
};

/// Whether such bounds can be given: the first objective needs training, all others are known
/// before (`computed` says what is). Then the others' values, minimised.
[[nodiscard]] std::optional<std::vector<double>> costs_beside_training(const std::vector<Objective>& objectives,
                                                                       const Metrics& computed);

}  // namespace nas
