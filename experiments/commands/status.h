// `nas status`: how far a run is, also while it runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "experiments/commands/output.h"
#include "experiments/commands/worker_use.h"
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
  std::string energy;     // source of its figures of energy: nvml, rapl, model; empty: this program has none
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
  std::uint64_t to_go = 0;     // planned, neither finished nor running
  /// Until the planned evaluations are done at the last start's rate; empty where it has none yet, or nothing is left.
  std::optional<double> left_seconds;
  std::int64_t workers = 0;           // of the last start
  double utilisation = 0;             // worker seconds at work / worker seconds there were; 0 to 1
  std::vector<WorkerUse> per_worker;  // those with a result
  std::size_t front = 0;              // trials on the Pareto front
  std::size_t left_out = 0;           // feasible results that don't compete: of fewer epochs than others
  /// Normalised: the share of the box between the best and the worst values so far
  /// (nas/hypervolume.h), over feasible trials.
  double hypervolume = 0;
  std::vector<double> best;       // of each objective by itself, in the user's sense; empty: none yet
  std::vector<double> reference;  // the worst of each, where the hypervolume's box ends
};

/// One consistent look. Error: no run there, or a damaged one.
[[nodiscard]] Result<RunStatus> read_status(const std::filesystem::path& run_directory);

/// Whether a search is in this run now, and if not, whether it has ended by itself. Throws nas::Exception where the
/// study is damaged.
[[nodiscard]] RunState read_run_state(const Database& study, const std::filesystem::path& run_directory);

/// As read_starts; the last one ends now where the search is running.
[[nodiscard]] std::vector<StudyStart> starts_until_now(const Database& study, RunState state);

/// Text: a line a fact; of many workers those that are idle most. Json: one object with RunStatus's fields, "state" as
/// "running", "stopped" or "finished". Error as read_status.
[[nodiscard]] Result<Unit> print_status(const std::filesystem::path& run_directory, Output output, std::ostream& out);

enum class Redraw {
  Append,
  Clear,  // over the last one, as on a terminal
};

/// print_status again and again until the run is not running any more (its last state included); between two, it
/// waits `pause`. Error as read_status.
[[nodiscard]] Result<Unit> watch_status(const std::filesystem::path& run_directory, Output output, Redraw redraw,
                                        std::chrono::milliseconds pause, std::ostream& out);

}  // namespace nas
