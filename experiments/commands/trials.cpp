#include "experiments/commands/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/store/study.h"

namespace nas {
namespace {

constexpr std::array<std::string_view, 9> kColumns = {"id",        "state",   "failure", "genotype", "epochs",
                                                      "continues", "seconds", "worker",  "parents"};
constexpr std::array<std::string_view, 3> kEpochColumns = {"id", "genotype", "epoch"};

/// RFC 4180: quoted where it must be, quotes doubled.
std::string field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

/// Always quoted, so that a genotype of one gene is text like all others.
std::string genotype_field(const Genotype& genotype) { return fmt::format("\"{}\"", to_string(genotype)); }

/// What is known of a trial: computed before, and measured.
Metrics metrics_of(const StoredTrial& trial) {
  if (!trial.finished) return trial.asked.computed;
  Metrics metrics = trial.finished->evaluation.metrics;
  metrics.insert(trial.asked.computed.begin(), trial.asked.computed.end());
  return metrics;
}

std::set<std::string> metric_names(const std::vector<StoredTrial>& trials) {
  std::set<std::string> names;
  for (const StoredTrial& trial : trials) {
    for (const auto& [name, value] : metrics_of(trial)) names.insert(name);
  }
  return names;
}

/// ",a,b,metric.id": `columns` are taken.
std::string metric_columns(const std::set<std::string>& metrics, std::span<const std::string_view> columns) {
  std::string line;
  for (const std::string& name : metrics) {
    const bool taken = std::ranges::find(columns, name) != columns.end();
    line += "," + field(taken ? "metric." + name : name);
  }
  return line;
}

/// ",1.5,,2": empty where there is none.
std::string metric_cells(const Metrics& metrics, const std::set<std::string>& names) {
  std::string line;
  for (const std::string& name : names) {
    const auto value = metrics.find(name);
    line += value == metrics.end() ? "," : fmt::format(",{}", value->second);
  }
  return line;
}

std::string_view state_of(const StoredTrial& trial) {
  if (!trial.finished) return "running";
  if (trial.finished->evaluation.failure) return "failed";
  return trial.finished->evaluation.stopped ? "stopped" : "complete";
}

std::string row(const StoredTrial& trial, const std::set<std::string>& names) {
  const Candidate& candidate = trial.asked.candidate;
  const Evaluation* const evaluation = trial.finished ? &trial.finished->evaluation : nullptr;
  const bool failed = evaluation != nullptr && evaluation->failure;
  std::string line =
      fmt::format("{},{},{},{}", number(candidate.id), state_of(trial),
                  failed ? to_string(evaluation->failure->type) : "", genotype_field(candidate.genotype));
  line += fmt::format(",{},{}", candidate.budget,
                      candidate.continues ? std::to_string(number(*candidate.continues)) : std::string());
  line += metric_cells(metrics_of(trial), names);
  std::vector<std::uint64_t> parents;
  for (const CandidateId parent : candidate.parents) parents.push_back(number(parent));
  line += evaluation == nullptr ? ",," : fmt::format(",{},{}", evaluation->seconds, field(evaluation->worker));
  return line + "," + field(fmt::format("{}", fmt::join(parents, ","))) + "\n";
}

void print_results(const std::vector<StoredTrial>& trials, std::ostream& out) {
  const std::set<std::string> names = metric_names(trials);
  out << "id,state,failure,genotype,epochs,continues" << metric_columns(names, kColumns) << ",seconds,worker,parents\n";
  for (const StoredTrial& trial : trials) out << row(trial, names);
}

/// Epochs that a training went through when it was carried on, by the candidate that was: each epoch
/// has one row.
std::map<CandidateId, std::set<std::int32_t>> repeated_epochs(const std::vector<const StoredTrial*>& complete) {
  std::map<CandidateId, std::set<std::int32_t>> repeated;
  for (const StoredTrial* trial : complete) {
    if (!trial->asked.candidate.continues) continue;
    std::set<std::int32_t>& epochs = repeated[*trial->asked.candidate.continues];
    for (const CurvePoint& point : trial->finished->evaluation.curve) epochs.insert(point.epoch);
  }
  return repeated;
}

void print_epochs(const std::vector<StoredTrial>& trials, std::ostream& out) {
  std::vector<const StoredTrial*> complete;
  std::set<std::string> names;
  for (const StoredTrial& trial : trials) {
    if (state_of(trial) != "complete") continue;
    complete.push_back(&trial);
    for (const CurvePoint& point : trial.finished->evaluation.curve) {
      for (const auto& [name, value] : point.metrics) names.insert(name);
    }
  }
  out << "id,genotype,epoch" << metric_columns(names, kEpochColumns) << "\n";
  auto repeated = repeated_epochs(complete);
  for (const StoredTrial* trial : complete) {
    const Candidate& candidate = trial->asked.candidate;
    for (const CurvePoint& point : trial->finished->evaluation.curve) {
      if (repeated[candidate.id].contains(point.epoch)) continue;
      out << number(candidate.id) << "," << genotype_field(candidate.genotype) << "," << point.epoch
          << metric_cells(point.metrics, names) << "\n";
    }
  }
}

}  // namespace

Result<Unit> print_trials_csv(const std::filesystem::path& run_directory, TrialRows rows, std::ostream& out) {
  const Result<Database> study = open_study(run_directory);
  if (!study) return study.error();
  return result_of([&]() -> Result<Unit> {
    const std::vector<StoredTrial> trials = read_trials(*study);
    rows == TrialRows::Epochs ? print_epochs(trials, out) : print_results(trials, out);
    return Unit{};
  });
}

}  // namespace nas
