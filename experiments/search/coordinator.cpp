#include "experiments/search/coordinator.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiments/commands/front.h"
#include "experiments/search/checkpoint_log.h"
#include "experiments/search/local_evaluator.h"
#include "experiments/search/progress.h"
#include "experiments/search/screening.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/study_store.h"
#include "mpi/combined_evaluator.h"
#include "mpi/handshake.h"
#include "mpi/node_facts.h"
#include "mpi/worker.h"

namespace nas {
namespace {

/// Set by SIGINT and SIGTERM: hand out nothing new, keep what finishes. A second one ends at once.
volatile std::sig_atomic_t stop_signal = 0;

void request_stop(int signal) {
  if (stop_signal != 0) {
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
  stop_signal = 1;
}

void handle_stop_signals() {
  struct sigaction action = {};
  action.sa_handler = request_stop;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

Result<nlohmann::json> stored_config(const std::filesystem::path& run) {
  const auto text = read_config_text(run);
  if (!text) return text.error();
  const auto tree = parse_yaml(*text, (run / run_files::kConfig).string());
  if (!tree) return tree.error();
  return to_json(*tree);
}

/// What is decided once for a run is taken from the run.
Result<Unit> continue_config(ExperimentConfig& config, const std::filesystem::path& run) {
  const auto stored = stored_config(run);
  if (!stored) return stored.error();
  if (config.training.threads == TrainingOptions::kAutoThreads && stored->contains("training")) {
    config.training.threads = stored->at("training").value("threads", config.training.threads);
  }
  const auto changed = differences(*stored, resolved_json(config));
  if (changed.empty()) return Unit{};
  return Error{fmt::format("{} belongs to another config, start a new run with --run or go back to the old values: {}",
                           run.string(), fmt::join(changed, "; "))};
}

StudyDescription describe(const PreparedSearch& search, const std::filesystem::path& run) {
  const ExperimentConfig& config = search.order.config;
  StudyDescription description;
  description.name = run.filename().empty() ? run.parent_path().filename().string() : run.filename().string();
  description.space = search.space->name();
  description.genes = search.space->genes();
  for (const Objective& objective : search.setup.objectives) {
    description.objectives.push_back({objective.name(), objective.direction});
  }
  for (const Limit& limit : search.setup.trained_limits) description.constraints.push_back(limit.text);
  description.config_text = yaml_text(resolved_json(config));
  description.seed = static_cast<std::uint64_t>(config.seed);
  description.evaluations = static_cast<std::uint64_t>(config.evaluations);
  description.program_version = NAS_VERSION;
  return description;
}

PlanRequest plan_request(const ExperimentConfig& config) {
  const bool table = config.evaluator.type == EvaluatorType::Table;
  return {table ? DeviceUse::CpuOnly : DeviceUse::Auto, static_cast<std::int32_t>(config.resources.workers)};
}

class Coordinator {
 public:
  Coordinator(PreparedSearch search, const SearchRequest& request, Ranks* ranks, std::ostream& out)
      : search_(std::move(search)), request_(request), ranks_(ranks), out_(out) {}

  Result<Unit> run() {
    plan();
    auto directory = open_directory();
    if (!directory) return directory.error();
    search_.order.log_folder = std::filesystem::absolute(directory->logs()).string();
    if (search_.order.config.evaluator.type != EvaluatorType::Table) {
      search_.order.checkpoint_folder = std::filesystem::absolute(directory->checkpoints()).string();
    }
    const auto farm = start_farm();
    if (!farm) return farm.error();
    auto store = open_store(*directory);
    if (!store) return store.error();
    const auto ended = search(*store);
    if (!ended) return ended.error();
    return conclude();
  }

 private:
  void plan() {
    ExperimentConfig& config = search_.order.config;
    const std::vector<RankFacts> alone = {facts_of_this_rank(kCoordinatorRank, 0)};
    plan_ = plan_slots(ranks_ != nullptr ? ranks_->facts : alone, plan_request(config));
    for (const std::string& note : plan_.notes) fmt::print(stderr, "nas: {}\n", note);
    if (config.data.split_seed == DataOptions::kRunSeed) config.data.split_seed = config.seed;
  }

  Result<RunDirectory> open_directory() {
    ExperimentConfig& config = search_.order.config;
    auto directory =
        request_.start == RunStart::Resume ? RunDirectory::resume(request_.run) : RunDirectory::create(request_.run);
    if (!directory) return directory.error();
    if (directory->holds_study()) {
      const auto same = continue_config(config, request_.run);
      if (!same) return same.error();
    }
    if (config.training.threads == TrainingOptions::kAutoThreads) config.training.threads = plan_.threads;
    search_.order.threads = config.training.threads;
    return directory;
  }

  Result<StudyStore> open_store(const RunDirectory& directory) {
    const StudyDescription description = describe(search_, request_.run);
    directory.write_config(description.config_text);
    if (!directory.holds_study()) return StudyStore::create(directory, description);
    auto store = StudyStore::resume(directory);
    if (store) store->update_config(description.config_text, description.evaluations);
    return store;
  }

  /// Children start here, so that they load while the store is opened.
  Result<Unit> start_farm() {
    for (const RankPlan& rank : plan_.ranks) {
      WorkOrder order = search_.order;
      order.slots = rank.slots;
      if (rank.rank != kCoordinatorRank) {
        send_setup(ranks_->transport, rank.rank, encode(order));
      } else if (!rank.slots.empty()) {
        auto local = make_local_evaluator(order, *search_.space, kCoordinatorRank);
        if (!local) return local.error();
        local_ = std::move(*local);
      }
    }
    if (ranks_ != nullptr && local_) combined_ = std::make_unique<CombinedEvaluator>(*local_, ranks_->workers);
    return Unit{};
  }

  Evaluator& evaluator() {
    if (combined_) return *combined_;
    return ranks_ != nullptr ? static_cast<Evaluator&>(ranks_->workers) : *local_;
  }

  ProposerConfig proposer_config() const {
    const ExperimentConfig& config = search_.order.config;
    std::vector<Genotype> start;
    for (const StartCandidate& candidate : search_.starts) start.push_back(candidate.genotype);
    return {static_cast<std::uint64_t>(config.seed), static_cast<std::uint64_t>(config.evaluations), budget_of(config),
            config.allow_duplicates, std::move(start)};
  }

  /// Points of feasible finished trials, for the progress line.
  std::vector<std::vector<double>> known_points(const TrialHistory& history) const {
    std::vector<std::vector<double>> points;
    for (const FinishedTrial& trial : history.finished) {
      const Outcome outcome = outcome_of(search_.setup, {}, trial);
      if (!outcome.failed && outcome.violation <= 0) points.push_back(outcome.objectives);
    }
    return points;
  }

  Result<Unit> search(StudyStore& store) {
    Proposer proposer(*search_.space, std::move(search_.algorithm), search_.screen, proposer_config());
    const TrialHistory history = store.history();
    auto unfinished = replay(proposer, search_.setup, history);
    if (!unfinished) return unfinished.error();
    ProgressLine progress(search_.setup.objectives, known_points(history), proposer.told());
    search_.setup.on_progress = [&](const SearchProgress& now) {
      store.note_rejected(now.rejected);
      store.note_workers(evaluator().slots());
      progress.update(now);
    };
    search_.setup.stop_requested = [] { return stop_signal != 0; };
    for (const std::string& note : search_.notes) fmt::print(stderr, "nas: {}\n", note);
    fmt::print(stderr, "nas: {} {}, {} of {} candidates done\n",
               request_.start == RunStart::Resume ? "continuing" : "starting", request_.run.string(), proposer.told(),
               proposer.evaluations());
    handle_stop_signals();
    CheckpointLog log(store, search_.setup, search_.order.checkpoint_folder, history);
    run_search(proposer, evaluator(), log, search_.setup, std::move(*unfinished));
    progress.finish();
    const auto ended = conclude_store(store, proposer);
    if (ended) log.remove_all();
    return ended;
  }

  Result<Unit> conclude_store(StudyStore& store, const Proposer& proposer) {
    store.note_rejected(proposer.rejected());
    if (!proposer.finished() || proposer.told() < proposer.asked()) {
      store.flush();
      return Error{fmt::format("stopped with {} of {} candidates done, go on with: {}", proposer.told(),
                               proposer.evaluations(), request_.resume_command)};
    }
    if (!proposer.ended_early().empty()) fmt::print(stderr, "nas: {}\n", proposer.ended_early());
    store.end(proposer.ended_early().empty() ? "all candidates are evaluated" : proposer.ended_early());
    return Unit{};
  }

  Result<Unit> conclude() {
    fmt::print(out_, "Pareto front:\n");
    const auto printed = print_front(request_.run, Output::Text, out_);
    if (!printed) return printed.error();
    const std::string run = request_.run.string();
    fmt::print(out_, "\nThe run is in {}. What next:\n", std::filesystem::absolute(request_.run).string());
    fmt::print(out_, "  {0} status {1}\n  {0} front {1} --json\n  {0} trials {1} --csv\n", request_.program, run);
    if (request_.resume_command.find("evaluations=") == std::string::npos) {
      fmt::print(out_, "  {} --set evaluations={}\n", request_.resume_command, 2 * search_.order.config.evaluations);
    }
    return Unit{};
  }

  PreparedSearch search_;
  const SearchRequest& request_;
  Ranks* ranks_;
  std::ostream& out_;
  NodePlan plan_;
  std::unique_ptr<Evaluator> local_;     // where rank 0 supervises children itself
  std::unique_ptr<Evaluator> combined_;  // where other ranks do so too
};

}  // namespace

Result<Unit> coordinate(PreparedSearch search, const SearchRequest& request, Ranks* ranks, std::ostream& out) {
  return Coordinator(std::move(search), request, ranks, out).run();
}

void serve(Transport& transport, const RankFacts& own) {
  send_facts(transport, own);
  const auto text = receive_setup(transport);
  if (!text) return;
  const HelloMessage hello{0, own.host, {}};
  const auto order = decode_work_order(*text);
  if (!order) return send_trouble(transport, order.error().message);
  if (order->slots.empty()) return run_idle_worker(transport, hello);
  const auto space = make_space(*order);
  if (!space) return send_trouble(transport, space.error().message);
  const auto evaluator = make_local_evaluator(*order, **space, own.rank);
  if (!evaluator) return send_trouble(transport, evaluator.error().message);
  run_worker(transport, **evaluator, hello);
}

}  // namespace nas
