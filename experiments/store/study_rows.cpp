#include "experiments/store/study_rows.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "experiments/store/encoding.h"
#include "experiments/store/meta.h"

namespace nas {
namespace {

/// Optuna's ids: one study a database, and trial ids that rise with the numbers.
constexpr std::int64_t kStudyId = 1;
std::int64_t trial_id_of(CandidateId id) { return static_cast<std::int64_t>(number(id)) + 1; }

/// NULL where value_type says that it is no finite number.
std::optional<double> finite(double value) { return std::isfinite(value) ? std::optional(value) : std::nullopt; }

const char* optuna_state(const Evaluation& evaluation) {
  if (evaluation.failure) return "FAIL";
  return evaluation.stopped ? "PRUNED" : "COMPLETE";
}

std::vector<std::string> objective_names(const StudyDescription& description) {
  std::vector<std::string> names;
  for (const StudyObjective& objective : description.objectives) names.push_back(objective.name);
  return names;
}

}  // namespace

StudyRows::StudyRows(const Database& study, const StudyDescription& description)
    : study_(study),
      description_(description),
      insert_trial_(study,
                    "INSERT INTO trials (trial_id, number, study_id, state, datetime_start)"
                    " VALUES (?, ?, ?, 'RUNNING', ?)"),
      insert_own_trial_(study,
                        "INSERT INTO nas_trials (number, genotype, seed, budget, origin, parents, asked_after,"
                        " asked_at, computed, full_budget, continues, stop_above)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      insert_parameter_(study,
                        "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json)"
                        " VALUES (?, ?, ?, ?)"),
      // What was computed when the trial was asked for is usually among its metrics again.
      insert_user_attribute_(study,
                             "INSERT INTO trial_user_attributes (trial_id, \"key\", value_json) VALUES (?, ?, ?)"
                             " ON CONFLICT (trial_id, \"key\") DO UPDATE SET value_json = excluded.value_json"),
      insert_constraints_(study,
                          "INSERT INTO trial_system_attributes (trial_id, \"key\", value_json)"
                          " VALUES (?, 'constraints', ?)"),
      insert_value_(study, "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES (?, ?, ?, ?)"),
      // A command may report an epoch twice; the last report counts.
      insert_step_(study,
                   "INSERT OR REPLACE INTO trial_intermediate_values (trial_id, step, intermediate_value,"
                   " intermediate_value_type) VALUES (?, ?, ?, ?)"),
      insert_curve_(study, "INSERT INTO nas_curves (number, points) VALUES (?, ?)"),
      insert_result_(study,
                     "INSERT INTO nas_results (told_index, number, worker, started_at, seconds, failure_type,"
                     " failure_message, log_tail, metrics, objectives, constraints, stopped)"
                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
      finish_trial_(study,
                    "UPDATE trials SET state = ?, datetime_start = coalesce(?, datetime_start),"
                    " datetime_complete = ? WHERE trial_id = ? AND state = 'RUNNING'") {
  for (const Gene& gene : description.genes) distributions_.push_back(encoding::distribution(gene));
}

void StudyRows::write_study(const Database& study, const StudyDescription& description) {
  Statement(study, "INSERT INTO studies (study_id, study_name) VALUES (?, ?)").run(kStudyId, description.name);
  Statement direction(study, "INSERT INTO study_directions (direction, study_id, objective) VALUES (?, ?, ?)");
  std::int64_t index = 0;
  for (const StudyObjective& objective : description.objectives) {
    direction.run(objective.direction == Direction::Maximise ? "MAXIMIZE" : "MINIMIZE", kStudyId, index++);
  }
  Statement(study,
            "INSERT INTO study_system_attributes (study_id, \"key\", value_json)"
            " VALUES (?, 'study:metric_names', ?)")
      .run(kStudyId, encoding::python_list(objective_names(description)));
  Statement attribute(study, "INSERT INTO study_user_attributes (study_id, \"key\", value_json) VALUES (?, ?, ?)");
  attribute.run(kStudyId, "space", encoding::python_string(description.space));
  attribute.run(kStudyId, "seed", std::to_string(description.seed));
  attribute.run(kStudyId, "limits", encoding::python_list(description.constraints));
  attribute.run(kStudyId, "program", encoding::python_string("nas " + description.program_version));
  meta::write(study, meta::rows(description));
}

void StudyRows::write_asked(const AskedTrial& trial, double now) {
  const Candidate& candidate = trial.candidate;
  const std::int64_t trial_id = trial_id_of(candidate.id);
  insert_trial_.run(trial_id, number(candidate.id), kStudyId, encoding::datetime(now));
  write_parameters(trial_id, candidate.genotype);
  write_attributes(trial_id, trial.computed);
  std::optional<std::uint64_t> continued;
  if (candidate.continues) {
    continued = number(*candidate.continues);
    insert_user_attribute_.run(trial_id, "continues", std::to_string(*continued));
  }
  if (candidate.budget < candidate.full_budget) {
    insert_user_attribute_.run(trial_id, "epochs", std::to_string(candidate.budget));
  }
  insert_own_trial_.run(number(candidate.id), to_string(candidate.genotype), candidate.seed, candidate.budget,
                        candidate.origin, encoding::parents_text(candidate.parents), trial.asked_after, now,
                        encoding::metrics_text(trial.computed), candidate.full_budget, continued,
                        encoding::values_text(candidate.stop_above));
}

void StudyRows::write_parameters(std::int64_t trial_id, const Genotype& genotype) {
  const std::vector<Gene>& genes = description_.genes;
  NAS_CHECK(genotype.genes.size() == genes.size(), "a genotype of another space");
  const std::vector<bool> active = active_genes(genes, genotype);
  for (std::size_t i = 0; i < genes.size(); ++i) {
    if (!active[i]) continue;
    insert_parameter_.run(trial_id, genes[i].name, static_cast<double>(genotype.genes[i]), distributions_[i]);
  }
}

void StudyRows::write_attributes(std::int64_t trial_id, const Metrics& metrics) {
  for (const auto& [name, value] : metrics) insert_user_attribute_.run(trial_id, name, encoding::python_number(value));
}

void StudyRows::write_curve(std::int64_t trial_id, const Evaluation& evaluation) {
  if (evaluation.curve.empty()) return;
  insert_curve_.run(number(evaluation.id), encoding::curve_text(evaluation.curve));
  const std::string metric = curve_metric(evaluation.curve, description_.objectives.front().name);
  for (const CurvePoint& point : evaluation.curve) {
    const auto value = point.metrics.find(metric);
    if (value == point.metrics.end()) continue;
    insert_step_.run(trial_id, point.epoch, finite(value->second), encoding::value_type(value->second));
  }
}

void StudyRows::write_result(const FinishedTrial& trial) {
  const Evaluation& evaluation = trial.evaluation;
  std::optional<std::string> type;
  std::optional<std::string> message;
  std::optional<std::string> log_tail;
  if (evaluation.failure) {
    type = to_string(evaluation.failure->type);
    message = evaluation.failure->message;
    log_tail = evaluation.failure->log_tail;
  }
  insert_result_.run(trial.told_index, number(evaluation.id), evaluation.worker, evaluation.started_at,
                     evaluation.seconds, type, message, log_tail, encoding::metrics_text(evaluation.metrics),
                     encoding::values_text(trial.values), encoding::values_text(trial.constraints),
                     std::int32_t{evaluation.stopped});
}

void StudyRows::write_finished(const FinishedTrial& trial, double now) {
  const Evaluation& evaluation = trial.evaluation;
  const std::int64_t trial_id = trial_id_of(evaluation.id);
  write_result(trial);
  write_attributes(trial_id, evaluation.metrics);
  write_curve(trial_id, evaluation);
  if (evaluation.failure) {
    insert_user_attribute_.run(trial_id, "failure_type", encoding::python_string(to_string(evaluation.failure->type)));
    insert_user_attribute_.run(trial_id, "failure_message", encoding::python_string(evaluation.failure->message));
  } else {
    NAS_CHECK(trial.values.size() == description_.objectives.size(), "a result without all its objectives");
    std::int64_t objective = 0;
    for (const double value : trial.values) {
      insert_value_.run(trial_id, objective++, finite(value), encoding::value_type(value));
    }
    if (!trial.constraints.empty()) insert_constraints_.run(trial_id, encoding::python_list(trial.constraints));
  }
  // The worker's own clock for both, so that the duration is right whatever the clocks differ by.
  const bool timed = evaluation.started_at > 0;
  const auto started = timed ? std::optional(encoding::datetime(evaluation.started_at)) : std::nullopt;
  const std::string ended = encoding::datetime(timed ? evaluation.started_at + evaluation.seconds : now);
  finish_trial_.run(optuna_state(evaluation), started, ended, trial_id);
  NAS_CHECK(sqlite3_changes(study_.handle()) == 1, "a result of a trial that is not running");
}

std::string curve_metric(const std::vector<CurvePoint>& curve, const std::string& first_objective) {
  for (const std::string& name : {first_objective, std::string("val_accuracy")}) {
    const bool there =
        std::ranges::any_of(curve, [&](const CurvePoint& point) { return point.metrics.contains(name); });
    if (there) return name;
  }
  for (const CurvePoint& point : curve) {
    if (!point.metrics.empty()) return point.metrics.begin()->first;
  }
  return {};
}

}  // namespace nas
