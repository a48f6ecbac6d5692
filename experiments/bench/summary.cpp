#include "experiments/bench/summary.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace nas {

MeanValue mean_of(const std::vector<double>& values) {
  MeanValue result;
  double sum = 0;
  for (const double value : values) {
    if (std::isnan(value)) continue;
    sum += value;
    ++result.runs;
  }
  if (result.runs == 0) return {std::numeric_limits<double>::quiet_NaN(), 0, 0};
  const auto n = static_cast<double>(result.runs);
  result.mean = sum / n;
  double squares = 0;
  for (const double value : values) {
    if (!std::isnan(value)) squares += (value - result.mean) * (value - result.mean);
  }
  if (result.runs > 1) result.standard_error = std::sqrt(squares / (n - 1) / n);
  return result;
}

std::vector<AlgorithmSummary> summarise(const BenchConfig& config, const BenchResults& results) {
  std::vector<AlgorithmSummary> summaries;
  for (std::size_t i = 0; i < results.runs.size(); ++i) {
    AlgorithmSummary summary{config.algorithms[i].label, {}, 0};
    for (std::size_t point = 0; point < results.points.size(); ++point) {
      std::vector<double> values;
      for (const BenchRun& run : results.runs[i]) values.push_back(run.values[point]);
      summary.curve.push_back(mean_of(values));
    }
    double seconds = 0;
    std::uint64_t evaluations = 0;
    for (const BenchRun& run : results.runs[i]) {
      seconds += run.seconds;
      evaluations += run.evaluations;
    }
    constexpr double kMicro = 1e6;
    if (evaluations > 0) summary.microseconds = kMicro * seconds / static_cast<double>(evaluations);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

BestRows best_rows(const Benchmark& benchmark) {
  const auto rows = benchmark.feasible_rows();
  const BenchRow* reported = rows.front();
  const BenchRow* chosen = rows.front();
  for (const BenchRow* row : rows) {
    if (row->report < reported->report) reported = row;
    if (row->objectives < chosen->objectives) chosen = row;
  }
  const double sign = benchmark.report().front().direction == Direction::Maximise ? -1 : 1;
  return {sign * reported->report.front(), sign * chosen->report.front()};
}

std::string why_any_ended(const std::vector<BenchRun>& runs) {
  const auto early = [](const BenchRun& run) { return !run.ended_early.empty(); };
  const auto found = std::ranges::find_if(runs, early);
  return found == runs.end() ? std::string() : found->ended_early;
}

std::string describe_report(const BenchConfig& config) {
  if (config.objectives.size() == 1) {
    const std::string& seen = config.objectives.front().expression;
    const std::string& reported = config.report.front().expression;
    return seen == reported ? fmt::format("best {}", seen) : fmt::format("{} of the best {}", reported, seen);
  }
  std::vector<std::string> names;
  for (const ObjectiveConfig& objective : config.report) names.push_back(objective.expression);
  return fmt::format("share of the true hypervolume of {}", fmt::join(names, ", "));
}

bool more_is_better(const BenchConfig& config) {
  return config.objectives.size() > 1 || config.report.front().direction == Direction::Maximise;
}

}  // namespace nas
