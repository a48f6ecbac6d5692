#include "experiments/simulate/simulate.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include "experiments/search/search_parts.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/study_store.h"
#include "mpi/farm.h"
#include "mpi/simulated_ranks.h"
#include "nas/rng.h"

namespace nas {
namespace {

struct NoLog final : TrialLog {
  void asked(std::span<const AskedTrial>) override {}
  void finished(std::span<const FinishedTrial>) override {}
};

/// A run directory and its store, or nothing.
struct Log {
  std::unique_ptr<RunDirectory> directory;
  std::unique_ptr<TrialLog> log;
};

Result<Log> open_log(const PreparedSearch& search, const std::filesystem::path& run) {
  if (run.empty()) return Log{nullptr, std::make_unique<NoLog>()};
  auto directory = RunDirectory::create(run);
  if (!directory) return directory.error();
  Log opened{std::make_unique<RunDirectory>(std::move(*directory)), nullptr};
  const StudyDescription description = describe_study(search, run);
  opened.directory->write_config(description.config_text);
  auto store = StudyStore::create(*opened.directory, description);
  if (!store) return store.error();
  opened.log = std::make_unique<StudyStore>(std::move(*store));
  return opened;
}

/// Metrics that objectives and limits need and that are not known before training.
std::set<std::string> needed_metrics(const PreparedSearch& search) {
  std::set<std::string> names;
  for (const Objective& objective : search.setup.objectives) {
    for (const std::string& name : objective.expression.variables()) names.insert(name);
  }
  for (const Limit& limit : search.setup.trained_limits) {
    for (const std::string& name : limit.excess.variables()) names.insert(name);
  }
  return names;
}

/// Each gene adds a random number of its own, the same for the same option: something to search for.
Metrics made_up(const std::set<std::string>& names, const Genotype& genotype) {
  Metrics metrics;
  std::uint64_t salt = 0;
  for (const std::string& name : names) {
    double sum = 0;
    for (std::size_t gene = 0; gene < genotype.genes.size(); ++gene) {
      const auto option = static_cast<std::uint64_t>(genotype.genes[gene]);
      sum += Rng(salt, (gene << 20) + option, Stream::Sample).uniform();
    }
    metrics[name] = sum / static_cast<double>(std::max<std::size_t>(genotype.genes.size(), 1));
    ++salt;
  }
  return metrics;
}

std::function<Evaluation(const Candidate&)> make_evaluate(const PreparedSearch& search,
                                                          const SimulateRequest& request) {
  return [names = needed_metrics(search), table = search.table, request](const Candidate& candidate) {
    Evaluation evaluation;
    const auto row = table ? table->find_row(candidate.genotype) : std::nullopt;
    if (table && row) {
      evaluation.metrics = table->row(*row);
    } else if (table) {
      evaluation.failure = Failure{FailureType::Invalid, "the table has no row of it", {}};
    } else {
      evaluation.metrics = made_up(names, candidate.genotype);
    }
    evaluation.seconds = request.duration.draw(request.seed, number(candidate.id));
    return evaluation;
  };
}

double cpu_seconds() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

double peak_memory() {
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  return 1024.0 * static_cast<double>(usage.ru_maxrss);
}

}  // namespace

Result<SimulateReport> simulate(PreparedSearch search, const SimulateRequest& request) {
  auto log = open_log(search, request.store);
  if (!log) return log.error();
  const int ranks = static_cast<int>(request.workers) + 1;
  const FarmOptions options = farm_options(search.order.config.resources, ranks);
  SimulatedRanks transport({request.workers, request.slots, options.timing, request.latency,
                            request.seconds_per_message, request.mean_life, request.seed,
                            make_evaluate(search, request)});
  const ProposerConfig config = proposer_config(search);
  Proposer proposer(*search.space, std::move(search.algorithm), search.screen, config);
  Farm farm(&transport, nullptr, options);
  while (farm.slots() == 0) (void)farm.wait_some(std::chrono::milliseconds(100));
  const auto begin = std::chrono::steady_clock::now();
  const double cpu = cpu_seconds();
  run_search(proposer, farm, *log->log, search.setup);
  const SimulatedRanks::Figures figures = transport.figures();
  SimulateReport report;
  report.results = proposer.told();
  report.failed = proposer.failed();
  report.retries = farm.counts().retries;
  report.deaths = figures.deaths;
  report.handed_out = figures.last_handout;
  report.drain = transport.seconds() - figures.last_handout;
  report.utilisation = figures.busy_until_then /
                       (static_cast<double>(request.workers * request.slots) * std::max(figures.last_handout, 1e-9));
  report.longest_queue = figures.longest_queue;
  report.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  report.coordinator_seconds =
      (cpu_seconds() - cpu - figures.own_seconds) / static_cast<double>(std::max<std::uint64_t>(report.results, 1));
  report.peak_memory = peak_memory();
  return report;
}

}  // namespace nas
