// `nas status`: how far a run is, also while it runs.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/commands/output.h"
#include "experiments/store/study.h"
#include "nas/result.h"

namespace nas {

enum class RunState {
  Running,   // a live process has the run's lock
  Stopped,   // to be continued with --resume
  Finished,  // the search ended by itself
};

struct RunStatus {
  std::string run;  // directory, as given
  RunState state = RunState::Stopped;
  std::string host;    // Running: of the process
  long process = 0;    // Running: its id there
  std::string ending;  // Finished: why
  std::string space;
  std::string algorithm;  // empty where the run's config does not say it
  std::string because;    // why auto chose it; empty: somebody else did
  std::vector<StudyObjective> objectives;
  std::uint64_t evaluations = 0;  // planned
  std::uint64_t running = 0;      // if the run is stopped: to be run again
  std::uint64_t complete = 0;
  std::uint64_t stopped = 0;  // of these: before their epochs
  std::uint64_t failed = 0;
  std::map<std::string, std::uint64_t> failures;  // by type
  RejectionCounts rejected;
  double elapsed_seconds = 0;  // of all starts, without the time between them
  double rate_per_minute = 0;  // complete and failed
  std::int64_t workers = 0;    // of the last start
  double utilisation = 0;      // worker seconds at work / worker seconds there were; 0 to 1
  std::size_t front = 0;       // trials on the Pareto front
  std::size_t left_out = 0;    // feasible results that don't compete: of fewer epochs than others
  /// Normalised: the share of the box between the best and the worst values so far
  /// (nas/hypervolume.h), over feasible trials.
  double hypervolume = 0;
  std::vector<double> best;       // of each objective by itself, in the user's sense; empty: none yet
  std::vector<double> reference;  // the worst of each, where the hypervolume's box ends
};

/// One consistent look. Error: no run there, or a damaged one.
[[nodiscard]] Result<RunStatus> read_status(const std::filesystem::path& run_directory);

/// Text: a line a fact. Json: one object with RunStatus's fields, "state" as "running", "stopped"
/// or "finished". Error as read_status.
[[nodiscard]] Result<Unit> print_status(const std::filesystem::path& run_directory, Output output, std::ostream& out);

}  // namespace nas
