// What a run has found so far, as the benchmark reports it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "experiments/bench/benchmark.h"

namespace nas {

/// With one objective: the reported metric of the best seen, ties going to the earlier. With
/// several: the share of the true front's hypervolume, in the reported metrics, of the front seen.
/// Rows over a limit count nothing. Of results after fewer epochs than another's nothing is kept, as
/// `nas front` has it; what is reported is of a full training in any case. Not thread-safe.
class BenchScore {
 public:
  /// `benchmark` must outlive it.
  explicit BenchScore(const Benchmark& benchmark) : benchmark_(benchmark) {}

  /// After a full training, or after so many epochs (a training that was stopped is no result).
  /// REQUIRES: a row of the benchmark.
  void see(const BenchRow& row) { see(row, benchmark_.epochs()); }
  void see(const BenchRow& row, std::int32_t epochs);
  /// In the user's sense; empty before the first that counts.
  [[nodiscard]] std::optional<double> value();

 private:
  [[nodiscard]] double share() const;

  const Benchmark& benchmark_;
  std::int32_t epochs_ = 0;             // of those in the front
  std::vector<const BenchRow*> front_;  // of the objectives; with one objective the best
  std::optional<double> known_;         // value() of front_
};

}  // namespace nas
