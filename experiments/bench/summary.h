// Mean and standard error over the seeds.
#pragma once

#include <string>
#include <vector>

#include "experiments/bench/run_benchmark.h"

namespace nas {

struct MeanValue {
  double mean = 0;            // NaN where no run has a value
  double standard_error = 0;  // of the mean; 0 for a single run
  std::size_t runs = 0;       // with a value
  bool operator==(const MeanValue&) const = default;
};

/// Of those that are not NaN. Standard error: sample deviation / sqrt(runs).
[[nodiscard]] MeanValue mean_of(const std::vector<double>& values);

struct AlgorithmSummary {
  std::string label;
  std::vector<MeanValue> curve;  // by point of the results
  double microseconds = 0;       // of ask and tell, an evaluation
};

/// In the config's order.
[[nodiscard]] std::vector<AlgorithmSummary> summarise(const BenchConfig& config, const BenchResults& results);

/// What the best of all rows that meet the limits are, in the user's sense.
struct BestRows {
  double reported = 0;  // the best of what is reported
  double chosen = 0;    // what is reported of the row that is best in the objective, as by a run that saw all
};
/// REQUIRES: one objective.
[[nodiscard]] BestRows best_rows(const Benchmark& benchmark);

/// Why one of the runs ended early.
[[nodiscard]] std::string why_any_ended(const std::vector<BenchRun>& runs);

/// What the values are: "c10_test200 of the best c10v_val12 seen".
[[nodiscard]] std::string describe_report(const BenchConfig& config);
/// Whether more is better of what is reported.
[[nodiscard]] bool more_is_better(const BenchConfig& config);

}  // namespace nas
