// Every algorithm with every seed on a benchmark's table.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "experiments/bench/benchmark.h"

namespace nas {

struct BenchRun {
  std::vector<double> values;     // by point of BenchResults; NaN: nothing to report yet
  std::uint64_t evaluations = 0;  // told; fewer than planned where the space was exhausted
  std::uint64_t failed = 0;       // of these
  double seconds = 0;             // in ask and tell
  std::string ended_early;        // why, or empty
};

struct BenchResults {
  std::vector<std::uint64_t> points;        // numbers of evaluations or epochs, rising
  std::vector<std::vector<BenchRun>> runs;  // (algorithms, seeds)
  std::string unit = "evaluations";         // of the points
};

/// Where values are recorded: some hundred points evenly spread, and the config's `at`.
[[nodiscard]] std::vector<std::uint64_t> curve_points(const BenchConfig& config);

/// One search as `nas search` would run it, with simulated workers (simulation.h). At a point count
/// the results that were told by then. `on_told` is called after each with what it cost: 1, or its epochs.
[[nodiscard]] BenchRun run_once(const Benchmark& benchmark, const AlgorithmChoice& algorithm, std::uint64_t seed,
                                const std::vector<std::uint64_t>& points,
                                const std::function<void(std::uint64_t)>& on_told);

/// Runs are shared out among `threads`, which changes nothing but the time. `on_told`: from any of
/// them, after each evaluation.
[[nodiscard]] BenchResults run_benchmark(const Benchmark& benchmark, std::size_t threads,
                                         const std::function<void(std::uint64_t)>& on_told);

}  // namespace nas
