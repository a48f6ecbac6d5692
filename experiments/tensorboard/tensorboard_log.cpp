#include "experiments/tensorboard/tensorboard_log.h"

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <optional>
#include <system_error>
#include <utility>

#include "experiments/tensorboard/event_file.h"
#include "nas/read_file.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

std::map<std::string, HyperparameterValue> choices_of(const std::vector<Gene>& genes, const Genotype& genotype) {
  std::map<std::string, HyperparameterValue> choices;
  const std::vector<bool> active = active_genes(genes, genotype);
  for (std::size_t i = 0; i < genes.size(); ++i) {
    if (!active[i]) continue;
    const GeneOption& option = genes[i].options[static_cast<std::size_t>(genotype.genes[i])];
    choices[genes[i].name] = option.number ? HyperparameterValue(*option.number) : HyperparameterValue(option.name);
  }
  return choices;
}

Metrics at_its_end(const AskedTrial& asked, const Evaluation& evaluation) {
  Metrics all = evaluation.metrics;
  all.insert(asked.computed.begin(), asked.computed.end());
  return final_scalars(all, evaluation.curve.empty() ? Metrics{} : evaluation.curve.back().metrics);
}

bool holds(const fs::path& file, const std::string& content) {
  std::error_code failed;
  if (fs::file_size(file, failed) != content.size() || failed) return false;
  const auto there = read_file(file);
  return there && *there == content;
}

/// A reader sees nothing or all. TensorBoard reads whatever is named as an event file, so it is written under another
/// name.
bool write_whole(const fs::path& file, const std::string& content) {
  std::error_code failed;
  fs::create_directories(file.parent_path(), failed);
  const fs::path fresh = file.parent_path() / "unfinished";
  std::ofstream out(fresh, std::ios::binary);
  out << content;
  out.close();
  if (out) fs::rename(fresh, file, failed);
  if (out && !failed) return true;
  fs::remove(fresh, failed);
  return false;
}

}  // namespace

std::string candidate_events(const AskedTrial& asked, const FinishedTrial& finished, const TensorboardPlan& plan) {
  const Candidate& candidate = asked.candidate;
  const Evaluation& evaluation = finished.evaluation;
  const double end = evaluation.started_at + evaluation.seconds;
  std::string file = event_file_start(evaluation.started_at);
  file += hyperparameters_event(evaluation.started_at, choices_of(plan.genes, candidate.genotype));
  // When an epoch ended is not known: they are taken to have been equally long.
  const double seconds_an_epoch = evaluation.seconds / static_cast<double>(evaluation.curve.size() + 1);
  double time = evaluation.started_at;
  for (const CurvePoint& point : evaluation.curve) {
    Metrics scalars = point.metrics;
    if (plan.more) scalars.merge(plan.more(candidate, point.epoch));
    file += scalars_event(time += seconds_an_epoch, point.epoch, scalars);
  }
  const std::int64_t last_epoch = evaluation.curve.empty() ? candidate.budget : evaluation.curve.back().epoch;
  const Metrics at_end = at_its_end(asked, evaluation);
  if (!at_end.empty()) file += scalars_event(end, last_epoch, at_end);
  return file + session_end_event(end, evaluation.failure ? SessionStatus::Failure : SessionStatus::Success);
}

TensorboardLog::TensorboardLog(TrialLog& log, TensorboardPlan plan, const TrialHistory& history)
    : log_(log), plan_(std::move(plan)) {
  if (plan_.folder.empty()) return;
  note(history.asked);
  for (const FinishedTrial& trial : history.finished) write(trial);
}

void TensorboardLog::asked(std::span<const AskedTrial> trials) {
  log_.asked(trials);
  if (!plan_.folder.empty()) note(trials);
}

void TensorboardLog::finished(std::span<const FinishedTrial> trials) {
  log_.finished(trials);
  if (plan_.folder.empty()) return;
  for (const FinishedTrial& trial : trials) write(trial);
}

void TensorboardLog::note(std::span<const AskedTrial> trials) {
  for (const AskedTrial& trial : trials) running_.emplace(trial.candidate.id, trial);
}

void TensorboardLog::write(const FinishedTrial& trial) {
  const auto asked = running_.extract(trial.evaluation.id);
  if (asked.empty()) return;
  const fs::path file = plan_.folder / std::to_string(number(trial.evaluation.id)) / kEventFileName;
  const std::string content = candidate_events(asked.mapped(), trial, plan_);
  if (holds(file, content) || write_whole(file, content) || said_) return;
  said_ = true;
  plan_.say(
      fmt::format("{} can't be written (is the disk full?); the search goes on without, what is missing is "
                  "written when it is resumed",
                  file.string()));
}

}  // namespace nas
