#include "experiments/bench/run_benchmark.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <unordered_map>
#include <utility>

#include "experiments/bench/bench_score.h"
#include "experiments/bench/share_work.h"
#include "experiments/bench/simulation.h"
#include "experiments/bench/table_training.h"
#include "nas/check.h"
#include "nas/proposer.h"

namespace nas {

namespace {

constexpr std::uint64_t kCurvePoints = 100;

// A run costs evaluations or epochs, as the benchmark counts.
class Run {
 public:
  Run(const Benchmark& benchmark, const AlgorithmChoice& algorithm, std::uint64_t seed,
      const std::vector<std::uint64_t>& points)
      : benchmark_(benchmark),
        seed_(seed),
        points_(points),
        all_(static_cast<std::uint64_t>(benchmark.config().most())),
        problem_(benchmark.problem()),
        proposer_(problem_.space, make(algorithm), problem_.screen,
                  {.seed = seed, .evaluations = all_, .budget = benchmark.epochs()}),
        score_(benchmark) {}

  BenchRun run(const std::function<void(std::uint64_t)>& on_told) {
    simulate(
        static_cast<std::size_t>(benchmark_.config().pending), seed_, [&] { return ask(); },
        [&](const AskedTrial& trial) { on_told(take_in(trial.candidate.id)); },
        [&](const AskedTrial& trial) { return share_of(under_way_.at(trial.candidate.id)); });
    result_.values.resize(points_.size(), value());  // of an exhausted space nothing more is learnt
    result_.evaluations = proposer_.told();
    result_.failed = proposer_.failed();
    result_.ended_early = proposer_.ended_early();
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct UnderWay {
    TableTraining training;
    std::uint64_t epochs = 0;  // that it adds to what it continues
  };

  std::unique_ptr<SearchAlgorithm> make(const AlgorithmChoice& algorithm) const {
    auto made = algorithm_config(algorithm)->make(problem_);
    NAS_CHECK(made.ok(), "an algorithm that was checked cannot be made");
    return std::move(*made);
  }

  std::optional<AskedTrial> ask() {
    if (spent_ + promised_ >= all_) return std::nullopt;
    const Clock::time_point start = Clock::now();
    std::vector<AskedTrial> asked = proposer_.ask(1);
    result_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    if (asked.empty()) return std::nullopt;
    const Candidate& candidate = asked.front().candidate;
    const std::int32_t from = candidate.continues ? trained_.at(*candidate.continues) : 0;
    UnderWay work{train_by_row(benchmark_, candidate, from), 0};
    work.epochs = static_cast<std::uint64_t>(work.training.epochs - from);
    promised_ += cost_of(work);
    under_way_.emplace(candidate.id, std::move(work));
    return std::move(asked.front());
  }

  std::uint64_t cost_of(const UnderWay& work) const { return benchmark_.config().counts_epochs() ? work.epochs : 1; }

  double share_of(const UnderWay& work) const {
    return benchmark_.epochs() > 0 ? static_cast<double>(work.epochs) / benchmark_.epochs() : 1;
  }

  // Returns what it cost.
  std::uint64_t take_in(CandidateId id) {
    const UnderWay work = std::move(under_way_.extract(id).mapped());
    const Outcome& outcome = work.training.outcome;
    const std::uint64_t cost = cost_of(work);
    promised_ -= cost;
    spent_ += cost;
    record_before(spent_);
    trained_[id] = work.training.epochs;
    if (!outcome.failed && !outcome.stopped) {
      score_.see(*benchmark_.find(outcome.candidate.genotype), work.training.epochs);
    }
    const Clock::time_point start = Clock::now();
    proposer_.tell(outcome);
    result_.seconds += std::chrono::duration<double>(Clock::now() - start).count();
    return cost;
  }

  // The value at a point is of what was told by then.
  void record_before(std::uint64_t spent) {
    while (result_.values.size() < points_.size() && points_[result_.values.size()] < spent) {
      result_.values.push_back(value());
    }
  }

  double value() { return score_.value().value_or(std::numeric_limits<double>::quiet_NaN()); }

  const Benchmark& benchmark_;
  const std::uint64_t seed_;
  const std::vector<std::uint64_t>& points_;
  const std::uint64_t all_;  // evaluations or epochs
  const SearchProblem problem_;
  Proposer proposer_;
  BenchScore score_;
  std::uint64_t spent_ = 0;
  std::uint64_t promised_ = 0;  // by those under way
  std::unordered_map<CandidateId, UnderWay> under_way_;
  std::unordered_map<CandidateId, std::int32_t> trained_;  // epochs, of those told
  BenchRun result_;
};

}  // namespace

std::vector<std::uint64_t> curve_points(const BenchConfig& config) {
  const auto all = static_cast<std::uint64_t>(config.most());
  const std::uint64_t count = std::min(all, kCurvePoints);
  std::vector<std::uint64_t> points;
  for (std::uint64_t i = 1; i <= count; ++i) points.push_back(all * i / count);
  for (const std::int64_t point : config.at) points.push_back(static_cast<std::uint64_t>(point));
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

BenchRun run_once(const Benchmark& benchmark, const AlgorithmChoice& algorithm, std::uint64_t seed,
                  const std::vector<std::uint64_t>& points, const std::function<void(std::uint64_t)>& on_told) {
  return Run(benchmark, algorithm, seed, points).run(on_told);
}

BenchResults run_benchmark(const Benchmark& benchmark, std::size_t threads,
                           const std::function<void(std::uint64_t)>& on_told) {
  const BenchConfig& config = benchmark.config();
  const auto seeds = static_cast<std::size_t>(config.seeds);
  const std::size_t algorithms = config.algorithms.size();
  BenchResults results{curve_points(config), {}, config.count};
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
