#include "experiments/train/final_run.h"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <set>

#include "experiments/export/export_network.h"
#include "experiments/search/local_evaluator.h"
#include "experiments/search/stop_request.h"
#include "experiments/store/run_directory.h"
#include "experiments/tensorboard/tensorboard_log.h"
#include "experiments/train/final_progress.h"
#include "experiments/train/final_results.h"
#include "mpi/child_evaluator.h"
#include "mpi/node_facts.h"
#include "nas/durable_file.h"
#include "nas/network_json.h"
#include "trainer/rate_schedule.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::milliseconds kWait{200};

json read_json(const fs::path& file) {
  std::ifstream in(file);
  return json::parse(in, nullptr, /*allow_exceptions=*/false);
}

/// Slots and threads: no more slots than there is work for, so that one network has all cores.
NodePlan plan_devices(const Resources& resources, std::size_t processes) {
  const std::vector<RankFacts> alone = {facts_of_this_rank(0, 0)};
  PlanRequest request{DeviceUse::Auto, static_cast<std::int32_t>(resources.workers),
                      static_cast<std::int32_t>(resources.workers_per_device)};
  NodePlan plan = plan_slots(alone, request);
  if (plan.slots() <= processes) return plan;
  request.workers = static_cast<std::int32_t>(processes);
  return plan_slots(alone, request);
}

class FinalRun {
 public:
  FinalRun(TrainPlan plan, const FinalRunOptions& options, std::ostream& out)
      : plan_(std::move(plan)), options_(options), out_(out), stop_({}), results_(plan_.trainings.size()) {}

  Result<SearchEnd> run() {
    const auto trainer = find_trainer();
    if (!trainer) return trainer.error();
    if (const auto opened = open_directory(); !opened) return opened.error();
    find_finished();
    if (!waiting_.empty()) {
      devices_ = plan_devices(plan_.resources, waiting_.size() * processes());
      if (devices_.slots() < processes()) return too_few_devices();
      const auto trained = train(*trainer);
      if (!trained || *trained == SearchEnd::Continue) return trained;
    }
    return conclude();
  }

 private:
  std::size_t processes() const { return static_cast<std::size_t>(plan_.parallel.processes); }
  /// Process `rank` of training i is this candidate.
  CandidateId id_of(std::size_t i, std::size_t rank) const { return CandidateId{i * processes() + rank}; }
  std::size_t training_of(CandidateId id) const { return number(id) / processes(); }

  Error too_few_devices() const {
    return Error{
        fmt::format("parallel.processes: {} processes train one network, there are {} slots for them (a GPU or "
                    "a core each), ask for fewer, or say resources.workers",
                    processes(), devices_.slots())};
  }

  /// Where the processes of one training find each other.
  fs::path rendezvous(std::size_t i) const {
    return fs::absolute(options_.directory / run_files::kCheckpoints /
                        fmt::format("{}.processes", plan_.trainings[i].subject.name));
  }
  fs::path folder(std::size_t i) const { return options_.directory / plan_.trainings[i].subject.name; }
  fs::path checkpoints(std::size_t i) const {
    return options_.directory / run_files::kCheckpoints / plan_.trainings[i].subject.name;
  }

  Result<Unit> open_directory() {
    const fs::path settled = options_.directory / train_files::kSettled;
    std::error_code failed;
    const bool is_there = fs::exists(settled, failed);
    if (options_.start == RunStart::Resume && !is_there) {
      return Error{fmt::format("{} holds no training to go on with (no {})", options_.directory.string(),
                               train_files::kSettled)};
    }
    if (options_.start == RunStart::New && is_there) {
      return Error{fmt::format("{} holds a training, --resume goes on with it, --run DIR takes another place",
                               options_.directory.string())};
    }
    if (!is_there && fs::exists(options_.directory, failed) && !fs::is_empty(options_.directory, failed)) {
      return Error{fmt::format("{} is no empty directory, name another one with --run", options_.directory.string())};
    }
    fs::create_directories(options_.directory / run_files::kLogs, failed);
    if (failed) return Error{fmt::format("{} can't be made: {}", options_.directory.string(), failed.message())};
    auto lock = RunLock::take(options_.directory / run_files::kLock);
    if (!lock) return lock.error();
    if (!*lock) return Error{fmt::format("another process trains in {}", options_.directory.string())};
    lock_ = std::move(**lock);
    return is_there ? compare(settled) : settle(settled);
  }

  Result<Unit> settle(const fs::path& file) {
    set_threads(plan_devices(plan_.resources, plan_.trainings.size() * processes()).threads);
    return write_durably(file, settled_json(plan_).dump(1) + "\n");
  }

  /// The number of threads stays that of the first start: results depend on it.
  Result<Unit> compare(const fs::path& file) {
    const json stored = read_json(file);
    try {
      for (FinalTraining& training : plan_.trainings) {
        if (training.training.threads != TrainingOptions::kAutoThreads) continue;
        training.training.threads = stored.at(training.subject.name).at("training").at("threads").get<std::int64_t>();
      }
      const json now = settled_json(plan_);
      std::vector<std::string> changed;
      for (const json& change : json::diff(stored, now)) changed.push_back(change.at("path").get<std::string>());
      if (changed.empty()) return Unit{};
      return Error{fmt::format("{} was begun with other settings, go back to them or start anew with --run: {}",
                               options_.directory.string(), fmt::join(changed, ", "))};
    } catch (const json::exception&) {
      return Error{fmt::format("{} is damaged or of other networks, start anew with --run", file.string())};
    }
  }

  void set_threads(std::int64_t threads) {
    for (FinalTraining& training : plan_.trainings) {
      if (training.training.threads == TrainingOptions::kAutoThreads) training.training.threads = threads;
    }
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

  Result<SearchEnd> train(const std::string& trainer) {
    std::vector<CurveTarget> targets;
    for (std::size_t i = 0; i < plan_.trainings.size(); ++i) {
      std::error_code failed;
      fs::create_directories(folder(i), failed);
      if (failed) return Error{fmt::format("{} can't be made: {}", folder(i).string(), failed.message())};
      targets.push_back(curve_target(i));
    }
    FinalProgress progress(std::move(targets), "val_" + main_metric(plan_));
    for (const std::string& note : plan_.notes) progress.say(note);
    ChildEvaluator evaluator(evaluator_options(trainer, progress));
    while (!waiting_.empty() || !running_.empty()) {
      if (stop_.stop() != Stop::No) {
        leave_running(evaluator, progress);
        progress.say(fmt::format("{}: stopped, go on with: {}", stop_.reason(), options_.resume_command));
        return SearchEnd::Continue;
      }
      while (!waiting_.empty() && evaluator.free_slots() >= processes()) submit(evaluator);
      (void)evaluator.take_withdrawn();  // processes of a network of which one has failed
      for (const Evaluation& evaluation : evaluator.wait_some(kWait)) {
        if (const auto taken = take(evaluation, evaluator, progress); !taken) return taken.error();
      }
      progress.update();
    }
    return SearchEnd::Complete;
  }

  CurveTarget curve_target(std::size_t i) const {
    const FinalTraining& training = plan_.trainings[i];
    CurveTarget target{training.subject.name, folder(i) / train_files::kCurve, training.training.epochs};
    if (!plan_.log.tensorboard) return target;
    target.events = options_.directory / kTensorboardFolder / training.subject.name;
    target.rate = [&training](std::int64_t epoch) {
      return rate_after(epoch, training.training, training.parts.train, training.training.epochs);
    };
    return target;
  }

  /// Trainings under way keep a checkpoint; what is finished meanwhile is found again by its last one.
  void leave_running(Evaluator& evaluator, FinalProgress& progress) const {
    std::size_t left = 0;
    for (const auto& [i, ranks] : running_) {
      for (const std::size_t rank : ranks) evaluator.withdraw(id_of(i, rank));
      left += ranks.size();
    }
    const auto deadline = std::chrono::steady_clock::now() + kCheckpointPatience;
    while (left > 0 && std::chrono::steady_clock::now() < deadline) {
      const std::size_t finished = evaluator.wait_some(kWait).size();
      left -= std::min(left, finished + evaluator.take_withdrawn().size());
      progress.update();
    }
  }

  void submit(Evaluator& evaluator) {
    const std::size_t i = waiting_.front();
    waiting_.erase(waiting_.begin());
    std::error_code ignored;
    fs::create_directories(rendezvous(i).parent_path(), ignored);
    fs::remove(rendezvous(i), ignored);  // of an earlier attempt
    for (std::size_t rank = 0; rank < processes(); ++rank) {
      Candidate candidate;
      candidate.id = id_of(i, rank);
      candidate.budget = candidate.full_budget = static_cast<std::int32_t>(plan_.trainings[i].training.epochs);
      evaluator.submit(std::move(candidate));
      running_[i].insert(rank);
    }
  }

  ChildEvaluatorOptions evaluator_options(const std::string& trainer, FinalProgress& progress) const {
    ChildEvaluatorOptions options;
    options.rules.command = {trainer};
    options.rules.other_lines = OtherLines::AreProtocolErrors;
    // Several processes wait for each other in the middle of a step.
    if (processes() == 1) options.rules.interrupt_patience = kCheckpointPatience;
    options.rules.guard_program = own_executable();
    options.rules.on_epoch = [this, &progress](CandidateId id, const CurvePoint& point) {
      const std::size_t i = training_of(id);
      if (id == id_of(i, 0)) progress.add(i, point);
    };
    options.job_line = [this](const Candidate& candidate) { return Result<std::string>(job_line(candidate.id)); };
    for (const PlannedSlot& slot : devices_.ranks.front().slots) {
      const std::size_t i = options.slots.size();
      options.slots.push_back(
          {.environment = {fmt::format("CUDA_VISIBLE_DEVICES={}", slot.device),
                           fmt::format("OMP_NUM_THREADS={}", plan_.trainings.front().training.threads)},
           .log_path = (options_.directory / run_files::kLogs / fmt::format("worker-0.{}.log", i)).string(),
           .worker = fmt::format("{}:0.{}", host_name(), i)});
    }
    return options;
  }

  std::string job_line(CandidateId id) const {
    const std::size_t i = training_of(id);
    FinalTraining training = plan_.trainings[i];
    const auto absolute = [](const fs::path& path) { return fs::absolute(path).string(); };
    json job = {
        {"id", number(id)},
        {"seed", training.seed},
        {"budget", training.training.epochs},
        {"network", network_to_json(training.subject.built.network)},
        {"training", options_to_json(options(training.training))},
        {"data", options_to_json(options(training.data))},
        {"checkpoint", absolute(checkpoints(i))},
        {"final", {{"weights", absolute(folder(i) / train_files::kWeights)}, {"test", training.test_records > 0}}}};
    if (processes() > 1) {
      job["parallel"] = {{"rank", number(id) - number(id_of(i, 0))},
                         {"size", processes()},
                         {"store", rendezvous(i).string()},
                         {"interface", plan_.parallel.interface},
                         {"sync_batch_norm", plan_.parallel.sync_batch_norm}};
    }
    return job.dump();
  }

  /// The result is the first process's, once all are done; a failure of any ends them all.
  Result<Unit> take(const Evaluation& evaluation, Evaluator& evaluator, FinalProgress& progress) {
    const std::size_t i = training_of(evaluation.id);
    const auto mine = running_.find(i);
    if (mine == running_.end()) return Unit{};  // one that an earlier failure has ended
    mine->second.erase(number(evaluation.id) - number(id_of(i, 0)));
    const FinalTraining& training = plan_.trainings[i];
    if (evaluation.id == id_of(i, 0)) {
      results_[i] = {training.subject.name, training.training.epochs, evaluation.metrics, {}};
    }
    if (!evaluation.failure && !mine->second.empty()) return Unit{};
    for (const std::size_t rank : mine->second) evaluator.withdraw(id_of(i, rank));
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
    const bool crash =
        failure.type == FailureType::Crashed || (processes() > 1 && failure.type == FailureType::Reported);
    if (!crash || ++attempts_[i] >= plan_.resources.max_attempts) return false;
    progress.say(
        fmt::format("{}: {}; it goes on from its last checkpoint", plan_.trainings[i].subject.name, failure.message));
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
    export_options.existing = ExportOptions::Existing::Replace;
    const auto report = export_network(copy.subject, export_options);
    if (!report) return report.error();
    for (const std::string& note : report->notes) progress.say(note);
    const auto written = write_durably(folder(i) / train_files::kResult, to_json(results_[i]).dump(1) + "\n");
    if (!written) return written;
    std::error_code ignored;
    fs::remove_all(checkpoints(i), ignored);
    return Unit{};
  }

  Result<SearchEnd> conclude() {
    const auto written =
        write_durably(options_.directory / train_files::kResults, results_json(plan_, results_).dump(1) + "\n");
    if (!written) return written.error();
    print_results(plan_, results_, out_);
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (!results_[i].failure) fmt::print(out_, "{}\n", (folder(i) / train_files::kModel).string());
    }
    const bool all_failed = std::all_of(results_.begin(), results_.end(), [](const auto& r) { return r.failure; });
    if (!all_failed) return SearchEnd::Complete;
    return Error{fmt::format("no network could be trained; the logs are in {}",
                             (options_.directory / run_files::kLogs).string())};
  }

  TrainPlan plan_;
  const FinalRunOptions& options_;
  std::ostream& out_;
  StopRequest stop_;
  std::optional<RunLock> lock_;
  std::vector<FinalResult> results_;  // in the order of the plan
  std::vector<std::size_t> waiting_;
  std::map<std::size_t, std::set<std::size_t>> running_;  // by training: its processes that are at work
  std::map<std::size_t, std::int64_t> attempts_;
  NodePlan devices_;
};

}  // namespace

Result<SearchEnd> run_training(TrainPlan plan, const FinalRunOptions& options, std::ostream& out) {
  return FinalRun(std::move(plan), options, out).run();
}

}  // namespace nas
