// One trial as rows of Optuna's tables and ours. Prepared once, used for every trial.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "experiments/store/sqlite.h"
#include "experiments/store/study.h"

namespace nas {

/// Writes inside the caller's transaction. Throws SqliteError.
class StudyRows {
 public:
  /// Both must outlive it.
  StudyRows(const Database& study, const StudyDescription& description);

  /// The study itself, once: Optuna's and our description.
  static void write_study(const Database& study, const StudyDescription& description);

  void write_asked(const AskedTrial& trial, double now);
  /// State last, after all that belongs to the trial: readers keep what they saw finished.
  void write_finished(const FinishedTrial& trial, double now);

 private:
  void write_parameters(std::int64_t trial_id, const Genotype& genotype);
  void write_attributes(std::int64_t trial_id, const Metrics& metrics);
  void write_curve(std::int64_t trial_id, const Evaluation& evaluation);
  void write_result(const FinishedTrial& trial);

  const Database& study_;
  const StudyDescription& description_;
  std::vector<std::string> distributions_;  // one a gene
  Statement insert_trial_;
  Statement insert_own_trial_;
  Statement insert_parameter_;
  Statement insert_user_attribute_;
  Statement insert_constraints_;
  Statement insert_value_;
  Statement insert_step_;
  Statement insert_curve_;
  Statement insert_result_;
  Statement finish_trial_;
};

/// The metric of a curve that stands for it in Optuna's intermediate values: the first objective
/// if the curve has it, else val_accuracy, else the first one; empty for a curve without metrics.
[[nodiscard]] std::string curve_metric(const std::vector<CurvePoint>& curve, const std::string& first_objective);

}  // namespace nas
