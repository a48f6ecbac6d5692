#include "experiments/search/coordinator.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "experiments/commands/front.h"
#include "experiments/report/background_report.h"
#include "experiments/report/report.h"
#include "experiments/search/checkpoint_log.h"
#include "experiments/search/energy_choice.h"
#include "experiments/search/local_evaluator.h"
#include "experiments/search/progress.h"
#include "experiments/search/search_parts.h"
#include "experiments/search/stop_request.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/study_store.h"
#include "mpi/farm.h"
#include "mpi/handshake.h"
#include "mpi/node_facts.h"
#include "trainer/energy_source.h"

namespace nas {
namespace {

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
  if (config.training.energy.source == "auto" && stored->contains("training")) {
    config.training.energy.source = stored->at("training").value("energy", config.training.energy.source);
  }
  const auto changed = differences(*stored, resolved_json(config));
  if (changed.empty()) return Unit{};
  return Error{fmt::format("{} belongs to another config, start a new run with --run or go back to the old values: {}",
                           run.string(), fmt::join(changed, "; "))};
}

/// How often the report of a running search is written anew.
constexpr std::chrono::minutes kReportPeriod{5};

PlanRequest plan_request(const ExperimentConfig& config) {
  const bool table = config.evaluator.type == EvaluatorType::Table;
  return {table ? DeviceUse::CpuOnly : DeviceUse::Auto, static_cast<std::int32_t>(config.resources.workers),
          static_cast<std::int32_t>(config.resources.workers_per_device)};
}

Result<Unit> check_walltime(const SearchRequest& request, const Resources& resources) {
  const double reserved = static_cast<double>(resources.grace_seconds + StopRequest::kMargin.count());
  if (request.walltime <= 0 || request.walltime > reserved) return Unit{};
  return Error{
      fmt::format("--walltime of {:g} s leaves no time to search ({} s are kept for running candidates and the "
                  "end), ask for more, or lower resources.grace_seconds",
                  request.walltime, reserved)};
}

class Coordinator {
 public:
  Coordinator(PreparedSearch search, const SearchRequest& request, Ranks* ranks, std::ostream& out)
      : search_(std::move(search)), request_(request), ranks_(ranks), out_(out) {}

  Result<SearchEnd> run() {
    const auto time = check_walltime(request_, search_.order.config.resources);
    if (!time) return time.error();
    stop_.emplace(StopTimes{request_.walltime, static_cast<double>(search_.order.config.resources.grace_seconds)});
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
    if (!ended || *ended == SearchEnd::Continue) return ended;
    const auto concluded = conclude();
    if (!concluded) return concluded.error();
    return SearchEnd::Complete;
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
    if (const auto settled = settle_energy(); !settled) return settled.error();
    return directory;
  }

  Result<Unit> settle_energy() {
    ExperimentConfig& config = search_.order.config;
    if (config.evaluator.type != EvaluatorType::Train) return Unit{};
    std::string& source = config.training.energy.source;
    const std::vector<RankFacts> alone = {facts_of_this_rank(kCoordinatorRank, 0)};
    auto settled = settle_energy_source(source, ranks_ != nullptr ? ranks_->facts : alone, plan_);
    if (!settled) return settled.error();
    if (*settled != source) {
      search_.notes.push_back(fmt::format("energy is that of {}", describe_energy_source(*settled)));
    }
    source = std::move(*settled);
    return Unit{};
  }

  Result<StudyStore> open_store(const RunDirectory& directory) {
    const StudyDescription description = describe_study(search_, request_.run);
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
    return Unit{};
  }

  FarmOptions options_of_farm(StudyStore& store, ProgressLine& progress) const {
    FarmOptions options =
        farm_options(search_.order.config.resources, ranks_ == nullptr ? 1 : ranks_->transport.size());
    options.on_event = [&store, &progress](std::string_view kind, std::string_view text) {
      store.note_event(kind, text);
      progress.say(text);
    };
    if (ranks_ == nullptr) return options;
    for (const RankFacts& facts : ranks_->facts) options.hosts.push_back(facts.host);
    return options;
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

  Result<SearchEnd> search(StudyStore& store) {
    Proposer proposer(*search_.space, std::move(search_.algorithm), search_.screen, proposer_config(search_));
    const TrialHistory history = store.history();
    auto unfinished = replay(proposer, search_.setup, history);
    if (!unfinished) return unfinished.error();
    ProgressLine progress(search_.setup.objectives, known_points(history), proposer.told());
    Farm farm(ranks_ == nullptr ? nullptr : &ranks_->transport, local_.get(), options_of_farm(store, progress));
    report_.emplace(own_executable(), request_.run, kReportPeriod);
    watch(store, farm, progress);
    note_ranks(store);
    for (const std::string& note : search_.notes) fmt::print(stderr, "nas: {}\n", note);
    fmt::print(stderr, "nas: {} {}, {} of {} candidates done\n",
               request_.start == RunStart::Resume ? "continuing" : "starting", request_.run.string(), proposer.told(),
               proposer.evaluations());
    TensorboardLog curves(store, tensorboard_plan(search_, request_.run, [&](const auto& text) { progress.say(text); }),
                          history);
    CheckpointLog log(curves, search_.setup, search_.order.checkpoint_folder, history);
    run_search(proposer, farm, log, search_.setup, std::move(*unfinished));
    progress.finish();
    if (ranks_ != nullptr) ranks_->lost = farm.lost_ranks();
    const SearchEnd ended = conclude_store(store, proposer);
    if (ended == SearchEnd::Complete) log.remove_all();
    return ended;
  }

  /// Who takes part in this start, with what.
  void note_ranks(StudyStore& store) const {
    const std::vector<RankFacts> alone = {facts_of_this_rank(kCoordinatorRank, 0)};
    for (const RankFacts& facts : ranks_ != nullptr ? ranks_->facts : alone) {
      store.note_event("rank", fmt::format("rank {} on {}: {}", facts.rank, facts.host, describe(facts)));
    }
  }

  void watch(StudyStore& store, const Farm& farm, ProgressLine& progress) {
    search_.setup.on_progress = [&](const SearchProgress& now) {
      store.note_rejected(now.rejected);
      store.note_workers(farm.slots());
      progress.update(now);
      report_->update();
    };
    search_.setup.stop_requested = [this, &progress] {
      const Stop stop = stop_->stop();
      if (stop != said_) {
        progress.say(stop == Stop::Gently ? fmt::format("{}: stopping, running candidates get {} s to finish",
                                                        stop_->reason(), search_.order.config.resources.grace_seconds)
                                          : "the grace period is over, running candidates go on with the next start");
      }
      return said_ = stop;
    };
    search_.setup.on_log_pause = [&progress](const std::string& reason) {
      progress.say(reason.empty() ? "the run's directory can be written again, the search goes on"
                                  : "the search pauses: " + reason);
    };
  }

  SearchEnd conclude_store(StudyStore& store, const Proposer& proposer) {
    store.note_rejected(proposer.rejected());
    if (!proposer.finished() || proposer.told() < proposer.asked()) {
      store.note_event("stop", stop_->reason());
      store.flush();
      fmt::print(stderr, "nas: stopped with {} of {} candidates done, go on with: {}\n", proposer.told(),
                 proposer.evaluations(), request_.resume_command);
      return SearchEnd::Continue;
    }
    if (!proposer.ended_early().empty()) fmt::print(stderr, "nas: {}\n", proposer.ended_early());
    store.end(proposer.ended_early().empty() ? "all candidates are evaluated" : proposer.ended_early());
    return SearchEnd::Complete;
  }

  Result<Unit> conclude() {
    fmt::print(out_, "Pareto front:\n");
    const auto printed = print_front(request_.run, Output::Text, out_);
    if (!printed) return printed.error();
    const std::string run = request_.run.string();
    if (const auto written = report_->finish(); !written) {
      fmt::print(stderr, "nas: the report was not written: {}\n", written.error().message);
    }
    fmt::print(out_, "\nThe run is in {}. What next:\n", std::filesystem::absolute(request_.run).string());
    fmt::print(out_, "  open {} in a browser\n", (request_.run / kReportFile).string());
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
  std::optional<StopRequest> stop_;
  std::optional<BackgroundReport> report_;
  Stop said_ = Stop::No;
  std::unique_ptr<Evaluator> local_;  // where rank 0 supervises children itself
};

}  // namespace

Result<SearchEnd> coordinate(PreparedSearch search, const SearchRequest& request, Ranks* ranks, std::ostream& out) {
  return Coordinator(std::move(search), request, ranks, out).run();
}

Departure serve_order(Transport& transport, const RankFacts& own,
                      const std::function<Result<Departure>(std::string_view)>& work) {
  leave_stop_signals_to_the_coordinator();
  send_facts(transport, own);
  const auto text = receive_setup(transport);
  if (!text) return Departure::Together;
  const Result<Departure> end = work(*text);
  if (end) return *end;
  send_trouble(transport, end.error().message);
  return Departure::Together;
}

namespace {

Result<Departure> work_on(std::string_view text, Transport& transport, const RankFacts& own) {
  const auto order = decode_work_order(text);
  if (!order) return order.error();
  const FarmTiming timing = farm_options(order->config.resources, transport.size()).timing;
  if (order->slots.empty()) return run_worker(transport, nullptr, timing);
  if (const auto data = check_data_here(*order); !data) return data.error();
  const auto space = make_space(*order);
  if (!space) return space.error();
  const auto evaluator = make_local_evaluator(*order, **space, own.rank);
  if (!evaluator) return evaluator.error();
  return run_worker(transport, evaluator->get(), timing);
}

}  // namespace

Departure serve(Transport& transport, const RankFacts& own) {
  return serve_order(transport, own, [&](std::string_view text) { return work_on(text, transport, own); });
}

}  // namespace nas
