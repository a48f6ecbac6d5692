#include "experiments/commands/status.h"

#include <algorithm>
#include <chrono>

#include "experiments/commands/scores.h"
#include "experiments/store/run_directory.h"
#include "nas/hypervolume.h"
#include "search_spaces/yaml_tree.h"

namespace nas {
namespace {

double unix_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// What the resolved config says, as far as it says it.
void read_config(const std::string& config, RunStatus& status) {
  const auto tree = parse_yaml(config, run_files::kConfig);
  if (!tree) return;
  const YamlNode* training = tree->find("training");
  const YamlNode* energy = training != nullptr ? training->find("energy") : nullptr;
  if (energy != nullptr && energy->text != "none") status.energy = energy->text;
  const YamlNode* algorithm = tree->find("algorithm");
  if (algorithm == nullptr) return;
  if (const YamlNode* type = algorithm->find("type")) status.algorithm = type->text;
  if (const YamlNode* because = algorithm->find("because")) status.because = because->text;
}

void read_state(const Database& study, const std::filesystem::path& run, RunStatus& status) {
  status.ending = read_ending(study);
  status.state = read_run_state(study, run);
  if (status.state != RunState::Running) return;
  const LockHolder holder = probe_run_lock(run / run_files::kLock);
  status.host = holder.host;
  status.process = holder.process;
}

void read_counts(const Database& study, RunStatus& status) {
  Statement query(study, "SELECT failure_type, count(*), sum(stopped) FROM nas_results GROUP BY failure_type");
  query.start();
  while (query.step()) {
    const auto count = static_cast<std::uint64_t>(query.integer(1));
    if (query.is_null(0)) {
      status.complete = count;
      status.stopped = static_cast<std::uint64_t>(query.integer(2));
    } else {
      status.failures[query.text(0)] = count;
      status.failed += count;
    }
  }
  Statement asked(study, "SELECT count(*) FROM nas_trials");
  asked.start();
  if (asked.step()) status.running = static_cast<std::uint64_t>(asked.integer(0)) - status.complete - status.failed;
  status.rejected = read_rejections(study);
}

/// Seconds that workers have spent on trials: those of results, and in a live run those since each
/// running trial was asked for or, after a resume, since the start.
double busy_seconds(const Database& study, const std::vector<StudyStart>& starts, bool live, double now) {
  Statement done(study, "SELECT coalesce(sum(seconds), 0) FROM nas_results");
  done.start();
  double busy = done.step() ? done.real(0) : 0;
  if (!live || starts.empty()) return busy;
  Statement running(study,
                    "SELECT coalesce(sum(max(?1 - max(asked_at, ?2), 0)), 0) FROM nas_trials"
                    " WHERE number NOT IN (SELECT number FROM nas_results)");
  running.start(now, starts.back().started_at);
  if (running.step()) busy += running.real(0);
  return busy;
}

/// By what the last start got done, which may have other workers than those before; by all where that is nothing.
std::optional<double> seconds_left(const Database& study, const std::vector<StudyStart>& starts,
                                   const RunStatus& status) {
  const std::uint64_t done = status.complete + status.failed;
  if (done >= status.evaluations || starts.empty()) return std::nullopt;
  const StudyStart& last = starts.back();
  Statement recent(study, "SELECT count(*) FROM nas_results WHERE started_at + seconds >= ?1");
  recent.start(last.started_at);
  const double results = recent.step() ? recent.real(0) : 0;
  const double seconds = last.last_at - last.started_at;
  const double rate = results > 0 && seconds > 0 ? results / seconds : status.rate_per_minute / 60;
  if (rate <= 0) return std::nullopt;
  return static_cast<double>(status.evaluations - done) / rate;
}

void read_times(const Database& study, RunStatus& status) {
  const bool live = status.state == RunState::Running;
  const std::vector<StudyStart> starts = starts_until_now(study, status.state);
  const double now = starts.empty() ? unix_now() : starts.back().last_at;
  double worker_seconds = 0;
  for (const StudyStart& start : starts) {
    const double seconds = std::max(start.last_at - start.started_at, 0.0);
    status.elapsed_seconds += seconds;
    worker_seconds += seconds * static_cast<double>(start.workers);
    status.workers = start.workers;
  }
  const std::uint64_t done = status.complete + status.failed;
  if (status.elapsed_seconds > 0) status.rate_per_minute = static_cast<double>(done) * 60 / status.elapsed_seconds;
  if (worker_seconds > 0) {
    status.utilisation = std::clamp(busy_seconds(study, starts, live, now) / worker_seconds, 0.0, 1.0);
  }
  status.per_worker = read_worker_use(study, starts, live ? LastStart::Running : LastStart::Ended);
  status.to_go = status.evaluations - std::min(status.evaluations, done + status.running);
  if (status.state != RunState::Finished) status.left_seconds = seconds_left(study, starts, status);
}

void read_quality(const Database& study, RunStatus& status) {
  const Contest contest = read_contest(study);
  const std::vector<TrialScore>& scores = contest.scores;
  status.left_out = contest.left_out;
  if (scores.empty()) return;
  std::vector<std::vector<double>> points;
  for (const TrialScore& score : scores) points.push_back(minimised(status.objectives, score.values));
  const std::vector<double> ideal = ideal_point(points);
  const std::vector<double> reference = reference_point(points);
  std::vector<std::vector<double>> front;
  for (const std::size_t index : front_of(status.objectives, scores)) front.push_back(points[index]);
  status.front = front.size();
  status.hypervolume = normalised_hypervolume(front, ideal, reference);
  // Turning the sign twice gives the user's sense back.
  status.best = minimised(status.objectives, ideal);
  status.reference = minimised(status.objectives, reference);
}

RunStatus status_of(Database& study, const std::filesystem::path& run) {
  const Transaction snapshot(study, Transaction::Kind::Read);
  const StudyDescription description = read_description(study);
  RunStatus status;
  status.run = run.string();
  status.space = description.space;
  status.objectives = description.objectives;
  read_config(description.config_text, status);
  status.evaluations = description.evaluations;
  read_state(study, run, status);
  read_counts(study, status);
  read_times(study, status);
  read_quality(study, status);
  return status;
}

}  // namespace

RunState read_run_state(const Database& study, const std::filesystem::path& run_directory) {
  if (is_held(probe_run_lock(run_directory / run_files::kLock))) return RunState::Running;
  return read_ending(study).empty() ? RunState::Stopped : RunState::Finished;
}

std::vector<StudyStart> starts_until_now(const Database& study, RunState state) {
  std::vector<StudyStart> starts = read_starts(study);
  if (state == RunState::Running && !starts.empty()) starts.back().last_at = unix_now();
  return starts;
}

Result<RunStatus> read_status(const std::filesystem::path& run_directory) {
  Result<Database> study = open_study(run_directory);
  if (!study) return study.error();
  return result_of([&]() -> Result<RunStatus> { return status_of(*study, run_directory); });
}

}  // namespace nas
