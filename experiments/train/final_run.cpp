#include "experiments/train/final_run.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <set>

#include "experiments/export/export_network.h"
#include "experiments/search/energy_choice.h"
#include "experiments/search/search_parts.h"
#include "experiments/train/final_order.h"
#include "experiments/train/final_progress.h"
#include "experiments/train/final_results.h"
#include "experiments/train/gentle_end.h"
#include "experiments/train/train_directory.h"
#include "mpi/child_slot.h"
#include "mpi/farm.h"
#include "mpi/handshake.h"
#include "mpi/node_facts.h"
#include "nas/durable_file.h"
#include "nas/network_json.h"
#include "trainer/rate_schedule.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::milliseconds kWait{200};

class FinalRun {
 public:
  FinalRun(TrainPlan plan, const FinalRunOptions& options, Ranks* ranks, std::ostream& out)
      : plan_(std::move(plan)), options_(options), ranks_(ranks), out_(out), results_(plan_.trainings.size()) {
    if (ranks_ == nullptr) {
      facts_ = {facts_of_this_rank(kCoordinatorRank, 0)};
    } else {
      facts_ = ranks_->facts;
    }
  }

  Result<SearchEnd> run() {
    if (const auto time = check_walltime(options_.walltime, plan_.resources); !time) return time.error();
    end_.emplace(StopTimes{options_.walltime, static_cast<double>(plan_.resources.grace_seconds)});
    if (const auto placed = place_processes(); !placed) return placed.error();
    const NodePlan devices = plan_trainers(facts_, plan_.resources, plan_.trainings.size() * processes_);
    const auto energy = energy_of_all(devices);
    if (!energy) return energy.error();
    auto directory = TrainDirectory::open(options_.directory, options_.start);
    if (!directory) return directory.error();
    directory_.emplace(std::move(*directory));
    if (const auto settled = directory_->settle(plan_, devices.threads, *energy); !settled) return settled.error();
    find_finished();
    if (!waiting_.empty()) {
      const auto trained = train();
      if (!trained || *trained == SearchEnd::Continue) return trained;
    }
    return conclude();
  }

 private:
  TrainingCounts counts() const { return {plan_.trainings.size(), processes_}; }
  const std::string& name_of(std::size_t i) const { return plan_.trainings[i].subject.name; }
  fs::path folder(std::size_t i) const { return directory_->folder(name_of(i)); }
  CandidateId id_of_place(std::size_t i, std::size_t rank) const { return id_of({i, attempt(i), rank}, counts()); }
  std::size_t attempt(std::size_t i) const {
    const auto failed = attempts_.find(i);
    return failed == attempts_.end() ? 0 : failed->second;
  }

  /// Before anything is written.
  Result<Unit> place_processes() {
    const NodePlan all = plan_trainers(facts_, plan_.resources, std::numeric_limits<std::size_t>::max());
    const bool is_all = plan_.parallel.processes == ParallelOptions::kAll;
    processes_ = is_all ? all.slots() : static_cast<std::size_t>(plan_.parallel.processes);
    if (processes_ == 0 || all.slots() < processes_) {
      return Error{
          fmt::format("parallel.processes: {} processes train one network, there are {} slots for them (a GPU "
                      "or a core each; {}), ask for fewer, start more ranks, or say resources.workers",
                      processes_, all.slots(), describe_slots(all, facts_))};
    }
    for (const FinalTraining& training : plan_.trainings) {
      const auto fault = fault_of_batch(training.training.batch_size, static_cast<std::int64_t>(processes_));
      if (fault) return Error{"parallel.processes: " + *fault};
    }
    return choose_interface(plan_trainers(facts_, plan_.resources, plan_.trainings.size() * processes_));
  }

  /// What `training.energy: auto` is. Error: a source that one of them names is not for these devices,
  /// or not on this machine.
  Result<std::string> energy_of_all(const NodePlan& devices) const {
    const auto processes = static_cast<int>(processes_);
    for (const FinalTraining& training : plan_.trainings) {
      const auto named = settle_energy_source(training.training.energy.source, facts_, devices, processes);
      if (!named) return named.error();
      const auto there = check_energy_source(*named, devices.ranks.front().slots);
      if (!there) return there.error();
    }
    return settle_energy_source("auto", facts_, devices, processes);
  }

  Result<Unit> choose_interface(const NodePlan& devices) {
    std::string& interface = plan_.network.interface;
    if (interface == NetworkOptions::kAuto) {
      if (spans_nodes(devices, facts_, processes_)) {
        return Error{
            fmt::format("network.interface: processes of one training lie on several nodes ({}), name the "
                        "network interface that these reach each other by, such as eth0 (`ip address`)",
                        describe_slots(devices, facts_))};
      }
      interface = kLoopback;
    }
    const bool is_used_here = processes_ > 1 && !devices.ranks.front().slots.empty();
    return is_used_here ? check_interface(interface) : Unit{};
  }

  void find_finished() {
    for (std::size_t i = 0; i < plan_.trainings.size(); ++i) {
      const auto result = read_result(folder(i) / train_files::kResult);
      if (result) {
        results_[i] = *result;
      } else {
        waiting_.push_back(i);
      }
    }
  }

  Result<SearchEnd> train() {
    const NodePlan devices = plan_trainers(facts_, plan_.resources, waiting_.size() * processes_);
    std::vector<CurveTarget> targets;
    for (std::size_t i = 0; i < plan_.trainings.size(); ++i) {
      std::error_code failed;
      fs::create_directories(folder(i), failed);
      if (failed) return Error{fmt::format("{} can't be made: {}", folder(i).string(), failed.message())};
      targets.push_back(curve_target(i));
    }
    FinalProgress progress(std::move(targets), "val_" + main_metric(plan_));
    for (const std::string& note : plan_.notes) progress.say(note);
    if (ranks_ != nullptr) std::ranges::for_each(devices.notes, [&](const auto& note) { progress.say(note); });
    const auto on_epoch = [&](CandidateId id, const CurvePoint& point) { note_epoch(id, point, progress); };
    directory_->remove_rendezvous();
    auto own = hand_out(make_order(), devices, on_epoch);
    if (!own) return own.error();
    Farm farm(ranks_ == nullptr ? nullptr : &ranks_->transport, own->get(), options_of_farm(progress, on_epoch));
    auto ended = train_all(farm, progress);
    if (ranks_ != nullptr) ranks_->lost = farm.lost_ranks();
    return ended;
  }

  FinalOrder make_order() const {
    FinalOrder order;
    for (std::size_t i = 0; i < plan_.trainings.size(); ++i) {
      order.jobs.push_back(job_of(i));
      order.rendezvous.push_back(fs::absolute(directory_->rendezvous(name_of(i))).string());
    }
    order.data_words = data_in_words(plan_.trainings.front().parts);
    order.processes = static_cast<std::int64_t>(processes_);
    order.sync_batch_norm = plan_.parallel.sync_batch_norm;
    order.interface = plan_.network.interface;
    order.log_folder = fs::absolute(directory_->logs()).string();
    order.threads = plan_.trainings.front().training.threads;
    order.seconds_of_silence = plan_.resources.seconds_of_silence;
    return order;
  }

  json job_of(std::size_t i) const {
    FinalTraining training = plan_.trainings[i];
    const auto absolute = [](const fs::path& path) { return fs::absolute(path).string(); };
    return {{"seed", training.seed},
            {"budget", training.training.epochs},
            {"network", network_to_json(training.subject.built.network)},
            {"training", options_to_json(options(training.training))},
            {"data", options_to_json(options(training.data))},
            {"checkpoint", absolute(directory_->checkpoints(name_of(i)))},
            {"final", {{"weights", absolute(folder(i) / train_files::kWeights)}, {"test", training.test_records > 0}}}};
  }

  CurveTarget curve_target(std::size_t i) const {
    const FinalTraining& training = plan_.trainings[i];
    CurveTarget target{training.subject.name, folder(i) / train_files::kCurve, training.training.epochs};
    if (!plan_.log.tensorboard) return target;
    target.events = directory_->path() / kTensorboardFolder / training.subject.name;
    target.rate = [&training](std::int64_t epoch) {
      return rate_after(epoch, training.training, training.parts.train, training.training.epochs);
    };
    return target;
  }

  /// The order to all ranks; the evaluator of this one's own slots, null where it has none.
  Result<std::unique_ptr<Evaluator>> hand_out(FinalOrder order, const NodePlan& devices,
                                              const std::function<void(CandidateId, const CurvePoint&)>& on_epoch) {
    std::unique_ptr<Evaluator> own;
    for (const RankPlan& rank : devices.ranks) {
      order.slots = rank.slots;
      if (rank.rank != kCoordinatorRank) {
        send_setup(ranks_->transport, rank.rank, encode(order));
      } else if (!rank.slots.empty()) {
        auto made = make_trainers(order, kCoordinatorRank, on_epoch);
        if (!made) return made.error();
        own = std::move(*made);
      }
    }
    return own;
  }

  FarmOptions options_of_farm(FinalProgress& progress,
                              const std::function<void(CandidateId, const CurvePoint&)>& on_epoch) const {
    FarmOptions options;
    options.timing = FarmTiming::of(plan_.resources.seconds_of_silence, static_cast<int>(facts_.size()));
    options.retry = {.max_attempts = 1, .again = {}};  // the processes of one training are tried again together
    options.prefetch = 0;
    options.order = FarmOptions::Order::RankAfterRank;
    options.on_event = [&progress](std::string_view, std::string_view text) { progress.say(text); };
    options.on_epoch = on_epoch;
    if (ranks_ == nullptr) return options;
    for (const RankFacts& facts : facts_) options.hosts.push_back(facts.host);
    return options;
  }

  void note_epoch(CandidateId id, const CurvePoint& point, FinalProgress& progress) const {
    const std::size_t i = place_of(id, counts()).training;
    if (running_.contains(i) && id == id_of_place(i, 0)) progress.add(i, point);
  }

  Result<SearchEnd> train_all(Farm& farm, FinalProgress& progress) {
    while (!waiting_.empty() || !running_.empty()) {
      if (is_to_end(progress)) {
        leave_running(farm, progress);
        progress.say(fmt::format("{}: stopped, go on with: {}", end_->reason(), options_.resume_command));
        return SearchEnd::Continue;
      }
      if (const auto left = check_slots(farm); !left) return left.error();
      while (!end_->has_begun() && !waiting_.empty() && farm.free_slots() >= processes_) submit(farm);
      for (const Evaluation& evaluation : farm.wait_some(kWait)) {
        if (const auto taken = take(evaluation, farm, progress); !taken) return taken.error();
      }
      (void)farm.take_withdrawn();
      progress.update();
    }
    return SearchEnd::Complete;
  }

  /// Processes that train together wait for each other in the middle of a step, so that none of them can be called
  /// back there: their next checkpoint is waited for.
  bool is_to_end(FinalProgress& progress) {
    std::vector<GentleEnd::Training> running;
    for (const auto& [i, ranks] : running_) {
      const TrainingOptions& training = plan_.trainings[i].training;
      const bool keeps_any = training.checkpoint_epochs > 0 || training.checkpoint_minutes > 0;
      running.push_back({i, processes_ > 1 && keeps_any ? directory_->checkpoints(name_of(i)) : fs::path()});
    }
    const bool had_begun = end_->has_begun();
    const bool is_over = end_->is_over(running);
    if (!had_begun && end_->has_begun() && !is_over) {
      progress.say(fmt::format("{}: stopping, running trainings get {} s to reach their next checkpoint",
                               end_->reason(), plan_.resources.grace_seconds));
    }
    return is_over;
  }

  /// A training of one process keeps a checkpoint; what is finished meanwhile is found again by its last one.
  void leave_running(Evaluator& evaluator, FinalProgress& progress) const {
    std::size_t left = 0;
    for (const auto& [i, ranks] : running_) {
      for (const std::size_t rank : ranks) evaluator.withdraw(id_of_place(i, rank));
      left += ranks.size();
    }
    const auto deadline = std::chrono::steady_clock::now() + kCheckpointPatience;
    while (left > 0 && std::chrono::steady_clock::now() < deadline) {
      const std::size_t finished = evaluator.wait_some(kWait).size();
      left -= std::min(left, finished + evaluator.take_withdrawn().size());
      progress.update();
    }
  }

  /// Slots that are gone may be too many for what still waits.
  Result<Unit> check_slots(const Farm& farm) {
    most_slots_ = std::max(most_slots_, farm.slots());
    const bool were_enough = most_slots_ >= processes_ || !farm.lost_ranks().empty();
    if (!running_.empty() || !were_enough || farm.slots() >= processes_) return Unit{};
    return Error{
        fmt::format("{} slots are left for {} processes that train one network (ranks or trainers were lost, "
                    "see {}), go on with: {}",
                    farm.slots(), processes_, directory_->logs().string(), options_.resume_command)};
  }

  void submit(Evaluator& evaluator) {
    const std::size_t i = waiting_.front();
    waiting_.erase(waiting_.begin());
    for (std::size_t rank = 0; rank < processes_; ++rank) {
      Candidate candidate;
      candidate.id = id_of_place(i, rank);
      candidate.budget = candidate.full_budget = static_cast<std::int32_t>(plan_.trainings[i].training.epochs);
      running_[i].insert(rank);
      evaluator.submit(std::move(candidate));
    }
  }

  /// The result is the first process's, once all are done; a failure of any ends them all.
  Result<Unit> take(const Evaluation& evaluation, Evaluator& evaluator, FinalProgress& progress) {
    const TrainingPlace place = place_of(evaluation.id, counts());
    const std::size_t i = place.training;
    const auto mine = running_.find(i);
    if (mine == running_.end() || place.attempt != attempt(i)) return Unit{};  // an earlier failure has ended it
    mine->second.erase(place.rank);
    const FinalTraining& training = plan_.trainings[i];
    if (place.rank == 0) results_[i] = {training.subject.name, training.training.epochs, evaluation.metrics, {}};
    if (!evaluation.failure && !mine->second.empty()) return Unit{};
    for (const std::size_t rank : mine->second) evaluator.withdraw(id_of_place(i, rank));
    running_.erase(mine);
    if (evaluation.failure && may_try_again(i, *evaluation.failure, progress)) return Unit{};
    progress.finish(i, evaluation.failure ? Metrics{} : results_[i].metrics);
    if (!evaluation.failure) return keep(i, progress);
    results_[i] = {training.subject.name, training.training.epochs, {}, evaluation.failure};
    progress.say(fmt::format("{} failed: {}: {}", training.subject.name, to_string(evaluation.failure->type),
                             evaluation.failure->message));
    return Unit{};
  }

  /// A crash is tried again: the training goes on from its last checkpoint. Where one of several
  /// processes is gone, the others report what they miss.
  bool may_try_again(std::size_t i, const Failure& failure, FinalProgress& progress) {
    const bool crash = failure.type == FailureType::Crashed || failure.type == FailureType::WorkerLost ||
                       (processes_ > 1 && failure.type == FailureType::Reported);
    const auto tries = static_cast<std::int64_t>(++attempts_[i]);
    if (!crash || tries >= plan_.resources.max_attempts) return false;
    progress.say(fmt::format("{}: {}; it goes on from its last checkpoint", name_of(i), failure.message));
    waiting_.push_back(i);
    return true;
  }

  /// The export first: with result.json it is finished.
  Result<Unit> keep(std::size_t i, FinalProgress& progress) {
    FinalTraining copy = plan_.trainings[i];
    copy.subject.trained = TrainedRecipe{options_to_json(options(copy.training)),
                                         options_to_json(options(copy.data)),
                                         results_[i].metrics,
                                         plan_.trainings[i].parts.validation,
                                         copy.test_records,
                                         copy.seed};
    ExportOptions export_options;
    export_options.directory = folder(i) / train_files::kModel;
    export_options.weights = (folder(i) / train_files::kWeights).string();
    export_options.existing = ExistingTarget::Replace;
    const auto report = export_network(copy.subject, export_options);
    if (!report) return report.error();
    for (const std::string& note : report->notes) progress.say(note);
    const auto written = write_durably(folder(i) / train_files::kResult, to_json(results_[i]).dump(1) + "\n");
    if (!written) return written;
    std::error_code ignored;
    fs::remove_all(directory_->checkpoints(name_of(i)), ignored);
    return Unit{};
  }

  Result<SearchEnd> conclude() {
    directory_->remove_rendezvous();
    const auto written =
        write_durably(options_.directory / train_files::kResults, results_json(plan_, results_).dump(1) + "\n");
    if (!written) return written.error();
    print_results(plan_, results_, out_);
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (!results_[i].failure) fmt::print(out_, "{}\n", (folder(i) / train_files::kModel).string());
    }
    const bool all_failed = std::all_of(results_.begin(), results_.end(), [](const auto& r) { return r.failure; });
    if (!all_failed) return SearchEnd::Complete;
    return Error{fmt::format("no network could be trained; the logs are in {}", directory_->logs().string())};
  }

  TrainPlan plan_;
  const FinalRunOptions& options_;
  Ranks* ranks_;
  std::ostream& out_;
  std::vector<RankFacts> facts_;  // of all ranks
  std::size_t processes_ = 1;     // of one training
  std::optional<GentleEnd> end_;
  std::optional<TrainDirectory> directory_;
  std::vector<FinalResult> results_;  // in the order of the plan
  std::vector<std::size_t> waiting_;
  std::map<std::size_t, std::set<std::size_t>> running_;  // by training: its processes that are at work
  std::map<std::size_t, std::size_t> attempts_;           // by training: those that failed
  std::size_t most_slots_ = 0;
};

}  // namespace

Result<SearchEnd> run_training(TrainPlan plan, const FinalRunOptions& options, Ranks* ranks, std::ostream& out) {
  return FinalRun(std::move(plan), options, ranks, out).run();
}

}  // namespace nas
