// What a report is made of: one consistent look at a run, and what is calculated from it before anything is written.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/commands/scores.h"
#include "experiments/commands/status.h"
#include "experiments/commands/timeline.h"
#include "experiments/store/study.h"
#include "nas/result.h"

namespace nas {

struct ReportRun {
  std::filesystem::path path;
  std::string label;  // for legends: the run's name, and that it is random search
  StudyDescription study;
  RunStatus status;
  std::vector<StoredTrial> trials;  // by id
  std::vector<StudyStart> starts;
  Contest contest;                 // what competes
  std::vector<CandidateId> front;  // the best in the first objective first
  Timeline timeline;
};

/// Error: no run there, or a damaged one.
[[nodiscard]] Result<ReportRun> read_report_run(const std::filesystem::path& run_directory);

/// Why the two can't be compared; empty where they can.
[[nodiscard]] std::string objective_difference(const ReportRun& run, const ReportRun& other);

/// What is known of a trial: computed before, and measured.
[[nodiscard]] Metrics metrics_of(const StoredTrial& trial);

/// The trials of one page: places in `run.trials`, rising. All of them up to `most`; of more, the front, everything
/// that it descends from and an even choice of the others.
[[nodiscard]] std::vector<std::size_t> shown_trials(const ReportRun& run, std::size_t most);

/// Those whose drawings and learning curves are worth most: the front, then the best in each objective in turn; of
/// several with one genotype the first.
[[nodiscard]] std::vector<CandidateId> by_interest(const ReportRun& run);

/// REQUIRES: an id of the run. Ids count from 0 without gaps.
[[nodiscard]] const StoredTrial& trial_of(const ReportRun& run, CandidateId id);

}  // namespace nas
