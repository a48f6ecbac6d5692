#include "experiments/bench/run_benchmark.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>

#include "experiments/bench/bench_score.h"
#include "experiments/bench/share_work.h"
#include "experiments/bench/simulation.h"
#include "nas/check.h"
#include "nas/proposer.h"

namespace nas {

namespace {

constexpr std::uint64_t kCurvePoints = 100;

class Run {
 public:
  Run(const Benchmark& benchmark, const AlgorithmChoice& algorithm, std::uint64_t seed,
      const std::vector<std::uint64_t>& points)
      : benchmark_(benchmark),
        seed_(seed),
        points_(points),
        problem_(benchmark.problem()),
        proposer_(problem_.space, make(algorithm), problem_.screen,
                  {.seed = seed, .evaluations = problem_.evaluations, .budget = 0}),
        score_(benchmark) {}

  BenchRun run(const std::function<void()>& on_told) {
    simulate(
        static_cast<std::size_t>(benchmark_.config().pending), seed_, [&] { return ask(); },
        [&](const AskedTrial& trial) {
          take_in(trial.candidate);
          on_told();
        });
    result_.values.resize(points_.size(), value());  // of an exhausted space nothing more is learnt
    result_.evaluations = proposer_.told();
    result_.failed = proposer_.failed();
    result_.ended_early = proposer_.ended_early();
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::unique_ptr<SearchAlgorithm> make(const AlgorithmChoice& algorithm) const {
    auto made = algorithm_config(algorithm)->make(problem_);
    NAS_CHECK(made.ok(), "an algorithm that was checked cannot be made");
    return std::move(*made);
  }

  std::optional<AskedTrial> ask() {
    const Clock::time_point start = Clock::now();
    std::vector<AskedTrial> asked = proposer_.ask(1);
    result_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    return asked.empty() ? std::nullopt : std::optional(std::move(asked.front()));
  }

  void take_in(const Candidate& candidate) {
    const BenchRow* row = benchmark_.find(candidate.genotype);
    Outcome outcome{.candidate = candidate, .failed = row == nullptr, .objectives = {}};
    if (row != nullptr) {
      outcome.objectives = row->objectives;
      outcome.violation = row->violation;
      score_.see(*row);
    }
    const Clock::time_point start = Clock::now();
    proposer_.tell(outcome);
    result_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    const std::size_t at = result_.values.size();
    if (at < points_.size() && points_[at] == proposer_.told()) result_.values.push_back(value());
  }

  double value() { return score_.value().value_or(std::numeric_limits<double>::quiet_NaN()); }

  const Benchmark& benchmark_;
  const std::uint64_t seed_;
  const std::vector<std::uint64_t>& points_;
  const SearchProblem problem_;
  Proposer proposer_;
  BenchScore score_;
  BenchRun result_;
};

}  // namespace

std::vector<std::uint64_t> curve_points(const BenchConfig& config) {
  const auto all = static_cast<std::uint64_t>(config.evaluations);
  const std::uint64_t count = std::min(all, kCurvePoints);
  std::vector<std::uint64_t> points;
  for (std::uint64_t i = 1; i <= count; ++i) points.push_back(all * i / count);
  for (const std::int64_t point : config.at) points.push_back(static_cast<std::uint64_t>(point));
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

BenchRun run_once(const Benchmark& benchmark, const AlgorithmChoice& algorithm, std::uint64_t seed,
                  const std::vector<std::uint64_t>& points, const std::function<void()>& on_told) {
  return Run(benchmark, algorithm, seed, points).run(on_told);
}

BenchResults run_benchmark(const Benchmark& benchmark, std::size_t threads, const std::function<void()>& on_told) {
  const BenchConfig& config = benchmark.config();
  const auto seeds = static_cast<std::size_t>(config.seeds);
  const std::size_t algorithms = config.algorithms.size();
  BenchResults results{curve_points(config), {}};
  results.runs.assign(algorithms, std::vector<BenchRun>(seeds));
  // Seeds outside, so that slow and fast algorithms take turns and the time left can be told.
  share_work(algorithms * seeds, threads, [&](std::size_t i) {
    const std::size_t algorithm = i % algorithms;
    const std::size_t seed = i / algorithms;
    results.runs[algorithm][seed] =
        run_once(benchmark, config.algorithms[algorithm].choice, static_cast<std::uint64_t>(config.first_seed) + seed,
                 results.points, on_told);
  });
  return results;
}

}  // namespace nas
