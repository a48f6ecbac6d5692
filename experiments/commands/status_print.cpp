#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>

#include "experiments/commands/scores.h"
#include "experiments/commands/status.h"
#include "experiments/commands/text_table.h"
#include "trainer/energy_source.h"

namespace nas {
namespace {

using Json = nlohmann::ordered_json;

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

Json workers_json(const std::vector<WorkerUse>& workers) {
  Json json = Json::array();
  for (const WorkerUse& use : workers) {
    json.push_back({{"worker", use.worker},
                    {"evaluations", use.evaluations},
                    {"failed", use.failed},
                    {"busy_seconds", use.busy_seconds},
                    {"utilisation", use.utilisation()}});
  }
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
      {"energy", status.energy.empty() ? Json(nullptr) : Json(status.energy)},
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
      {"to_go", status.to_go},
      {"left_seconds", status.left_seconds ? Json(*status.left_seconds) : Json()},
      {"workers", status.workers},
      {"utilisation", status.utilisation},
      {"per_worker", workers_json(status.per_worker)},
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

std::string left_text(const RunStatus& status) {
  return status.left_seconds ? display_duration(*status.left_seconds) : "not known yet";
}

/// Of many workers those that are idle most: they are what one looks for.
void print_workers(std::vector<WorkerUse> workers, std::ostream& out) {
  constexpr std::size_t kMostShown = 12;
  if (workers.empty()) return;
  const std::size_t hidden = workers.size() > kMostShown ? workers.size() - kMostShown : 0;
  if (hidden > 0) {
    std::ranges::stable_sort(workers, {}, &WorkerUse::utilisation);
    workers.resize(kMostShown);
  }
  std::vector<std::vector<std::string>> rows;
  for (const WorkerUse& use : workers) {
    rows.push_back({use.worker, fmt::format("{:.0f}%", 100 * use.utilisation()), std::to_string(use.evaluations),
                    std::to_string(use.failed)});
  }
  out << '\n';
  print_table(
      {{"worker", Align::Left}, {"at work", Align::Right}, {"evaluations", Align::Right}, {"failed", Align::Right}},
      rows, out);
  if (hidden > 0) out << fmt::format("and {} workers that are idle less; all of them: --json\n", hidden);
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
  if (!status.energy.empty()) line("energy by", std::string(describe_energy_source(status.energy)));
  line("state", state_text(status));
  line("evaluations", fmt::format("{} of {} done, {} {}", status.complete + status.failed, status.evaluations,
                                  status.running, live ? "running" : "to be run again"));
  if (live) line("queue", fmt::format("{} to go", status.to_go));
  const std::string stopped = status.stopped == 0 ? "" : fmt::format(", {} stopped early", status.stopped);
  line("complete", std::to_string(status.complete) + stopped);
  line("failed", failures_text(status));
  line("rejected", fmt::format("{} duplicates, {} over a limit, {} invalid", status.rejected.duplicate,
                               status.rejected.over_limit, status.rejected.invalid));
  line("elapsed", display_duration(status.elapsed_seconds));
  line("rate", fmt::format("{:.1f} a minute", status.rate_per_minute));
  if (live) line("time left", left_text(status));
  line("utilisation", fmt::format("{:.0f}% of {} workers", status.utilisation * 100, status.workers));
  const std::string left_out = left_out_text(status.left_out);
  line("front", fmt::format("{} trials{}", status.front, left_out.empty() ? "" : ", " + left_out));
  line("hypervolume", fmt::format("{:.4f}", status.hypervolume));
  line("best", best_text(status));
  print_workers(status.per_worker, out);
}

void print(const RunStatus& status, Output output, std::ostream& out) {
  output == Output::Json ? print_json(status, out) : print_text(status, out);
}

}  // namespace

Result<Unit> print_status(const std::filesystem::path& run_directory, Output output, std::ostream& out) {
  const Result<RunStatus> status = read_status(run_directory);
  if (!status) return status.error();
  print(*status, output, out);
  return Unit{};
}

Result<Unit> watch_status(const std::filesystem::path& run_directory, Output output, Redraw redraw,
                          std::chrono::milliseconds pause, std::ostream& out) {
  constexpr const char* kClear = "\x1b[H\x1b[2J";
  while (true) {
    const Result<RunStatus> status = read_status(run_directory);
    if (!status) return status.error();
    if (redraw == Redraw::Clear) out << kClear;
    print(*status, output, out);
    if (status->state != RunState::Running || !out) return Unit{};
    if (redraw == Redraw::Append && output == Output::Text) out << '\n';
    out.flush();
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace nas
