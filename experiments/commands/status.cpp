#include "experiments/commands/status.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "experiments/commands/scores.h"
#include "experiments/commands/text_table.h"
#include "experiments/store/run_directory.h"
#include "nas/hypervolume.h"
#include "search_spaces/yaml_tree.h"

namespace nas {
namespace {

using Json = nlohmann::ordered_json;

double unix_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// What the resolved config says, as far as it says it.
void read_algorithm(const std::string& config, RunStatus& status) {
  const auto tree = parse_yaml(config, run_files::kConfig);
  const YamlNode* algorithm = tree ? tree->find("algorithm") : nullptr;
  if (algorithm == nullptr) return;
  if (const YamlNode* type = algorithm->find("type")) status.algorithm = type->text;
  if (const YamlNode* because = algorithm->find("because")) status.because = because->text;
}

void read_state(const Database& study, const std::filesystem::path& run, RunStatus& status) {
  status.ending = read_ending(study);
  const LockHolder holder = probe_run_lock(run / run_files::kLock);
  if (is_held(holder)) {
    status.state = RunState::Running;
    status.host = holder.host;
    status.process = holder.process;
  } else {
    status.state = status.ending.empty() ? RunState::Stopped : RunState::Finished;
  }
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

void read_times(const Database& study, RunStatus& status) {
  std::vector<StudyStart> starts = read_starts(study);
  const bool live = status.state == RunState::Running;
  const double now = unix_now();
  if (live && !starts.empty()) starts.back().last_at = now;
  double worker_seconds = 0;
  for (const StudyStart& start : starts) {
    const double seconds = std::max(start.last_at - start.started_at, 0.0);
    status.elapsed_seconds += seconds;
    worker_seconds += seconds * static_cast<double>(start.workers);
    status.workers = start.workers;
  }
  if (status.elapsed_seconds > 0) {
    status.rate_per_minute = static_cast<double>(status.complete + status.failed) * 60 / status.elapsed_seconds;
  }
  if (worker_seconds > 0) {
    status.utilisation = std::clamp(busy_seconds(study, starts, live, now) / worker_seconds, 0.0, 1.0);
  }
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
  read_algorithm(description.config_text, status);
  status.evaluations = description.evaluations;
  read_state(study, run, status);
  read_counts(study, status);
  read_times(study, status);
  read_quality(study, status);
  return status;
}

const char* name_of(RunState state) {
  switch (state) {
    case RunState::Running:
      return "running";
    case RunState::Stopped:
      return "stopped";
    case RunState::Finished:
      return "finished";
  }
  return "";
}

Json named_values(const std::vector<StudyObjective>& objectives, const std::vector<double>& values) {
  Json json = Json::object();
  for (std::size_t i = 0; i < values.size(); ++i) json[objectives[i].name] = values[i];
  return json;
}

void print_json(const RunStatus& status, std::ostream& out) {
  const bool live = status.state == RunState::Running;
  const Json json = {
      {"run", status.run},
      {"state", name_of(status.state)},
      {"host", live ? Json(status.host) : Json()},
      {"process", live ? Json(status.process) : Json()},
      {"ending", status.ending},
      {"space", status.space},
      {"algorithm", {{"type", status.algorithm}, {"because", status.because}}},
      {"objectives", objectives_json(status.objectives)},
      {"evaluations", status.evaluations},
      {"running", status.running},
      {"complete", status.complete},
      {"stopped", status.stopped},
      {"failed", status.failed},
      {"failures", status.failures},
      {"rejected",
       {{"duplicate", status.rejected.duplicate},
        {"over_limit", status.rejected.over_limit},
        {"invalid", status.rejected.invalid}}},
      {"elapsed_seconds", status.elapsed_seconds},
      {"rate_per_minute", status.rate_per_minute},
      {"workers", status.workers},
      {"utilisation", status.utilisation},
      {"front", status.front},
      {"left_out", status.left_out},
      {"hypervolume", status.hypervolume},
      {"best", named_values(status.objectives, status.best)},
      {"reference", named_values(status.objectives, status.reference)},
  };
  out << json.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

std::string state_text(const RunStatus& status) {
  switch (status.state) {
    case RunState::Running:
      return fmt::format("running (pid {} on host {})", status.process, status.host);
    case RunState::Stopped:
      return "stopped, continue it with --resume";
    case RunState::Finished:
      return fmt::format("finished ({})", status.ending);
  }
  return {};
}

std::string failures_text(const RunStatus& status) {
  std::string text = std::to_string(status.failed);
  const char* separator = " (";
  for (const auto& [type, count] : status.failures) {
    text += fmt::format("{}{} {}", separator, type, count);
    separator = ", ";
  }
  return status.failures.empty() ? text : text + ")";
}

std::string best_text(const RunStatus& status) {
  if (status.best.empty()) return "none yet";
  std::string text;
  for (std::size_t i = 0; i < status.best.size(); ++i) {
    text += fmt::format("{}{} {}", i == 0 ? "" : ", ", status.objectives[i].name, display_number(status.best[i]));
  }
  return text;
}

void print_text(const RunStatus& status, std::ostream& out) {
  const bool live = status.state == RunState::Running;
  const auto line = [&out](const char* name, const std::string& value) {
    out << fmt::format("{:<13}{}\n", name, value);
  };
  line("run", status.run);
  line("space", status.space);
  const std::string chosen = status.because.empty() ? "" : fmt::format(" (chosen by auto: {})", status.because);
  if (!status.algorithm.empty()) line("algorithm", status.algorithm + chosen);
  line("state", state_text(status));
  line("evaluations", fmt::format("{} of {} done, {} {}", status.complete + status.failed, status.evaluations,
                                  status.running, live ? "running" : "to be run again"));
  const std::string stopped = status.stopped == 0 ? "" : fmt::format(", {} stopped early", status.stopped);
  line("complete", std::to_string(status.complete) + stopped);
  line("failed", failures_text(status));
  line("rejected", fmt::format("{} duplicates, {} over a limit, {} invalid", status.rejected.duplicate,
                               status.rejected.over_limit, status.rejected.invalid));
  line("elapsed", display_duration(status.elapsed_seconds));
  line("rate", fmt::format("{:.1f} a minute", status.rate_per_minute));
  line("utilisation", fmt::format("{:.0f}% of {} workers", status.utilisation * 100, status.workers));
  const std::string left_out = left_out_text(status.left_out);
  line("front", fmt::format("{} trials{}", status.front, left_out.empty() ? "" : ", " + left_out));
  line("hypervolume", fmt::format("{:.4f}", status.hypervolume));
  line("best", best_text(status));
}

}  // namespace

Result<RunStatus> read_status(const std::filesystem::path& run_directory) {
  Result<Database> study = open_study(run_directory);
  if (!study) return study.error();
  return result_of([&]() -> Result<RunStatus> { return status_of(*study, run_directory); });
}

Result<Unit> print_status(const std::filesystem::path& run_directory, Output output, std::ostream& out) {
  const Result<RunStatus> status = read_status(run_directory);
  if (!status) return status.error();
  output == Output::Json ? print_json(*status, out) : print_text(*status, out);
  return Unit{};
}

}  // namespace nas
