// What study.db says, as values, and the functions that read it. Reading works while the search
// runs, from any process, and needs no lock of the run.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiments/store/sqlite.h"
#include "nas/objective.h"
#include "nas/proposer.h"
#include "nas/search_space.h"
#include "nas/trial_log.h"

namespace nas {

struct StudyObjective {
  std::string name;
  Direction direction = Direction::Minimise;
  bool operator==(const StudyObjective&) const = default;
};

/// Fixed when the run starts, but for `config_text` and `evaluations`.
struct StudyDescription {
  std::string name;   // of the run
  std::string space;  // its name
  std::vector<Gene> genes;
  std::vector<StudyObjective> objectives;  // at least one
  std::vector<std::string> constraints;    // limits on trained metrics, in the order of FinishedTrial::constraints
  std::string config_text;                 // the resolved config
  std::uint64_t seed = 0;
  std::uint64_t evaluations = 0;  // planned in all
  std::string program_version;    // that started the run
  std::string data_text = {};     // JSON: what the data were when the search was prepared; empty: unknown, or none
  bool operator==(const StudyDescription&) const = default;
};

struct StoredTrial {
  AskedTrial asked;
  double asked_at = 0;                    // Unix time in seconds
  std::optional<FinishedTrial> finished;  // empty: running, or to be run again after a resume
};

/// A finished trial without failure.
struct TrialScore {
  CandidateId id{};
  std::vector<double> values;                 // in the user's sense
  bool feasible = true;                       // every constraint <= 0
  std::int32_t epochs = 0;                    // its budget
  bool stopped = false;                       // before its budget
  std::optional<CandidateId> continues = {};  // whose training it carried on
};

/// One start or resumption of the search.
struct StudyStart {
  double started_at = 0;     // Unix time in seconds
  double last_at = 0;        // of the last transaction
  std::int64_t workers = 0;  // the most there were at once
};

/// The study of a run directory, read-only; also of a read-only directory. Error: no run there, a
/// run of another format, or a damaged file.
[[nodiscard]] Result<Database> open_study(const std::filesystem::path& run_directory);

// Each of these throws nas::Exception where the file is damaged.

[[nodiscard]] StudyDescription read_description(const Database& study);
/// All trials, or the one with this id; in the order of ids.
[[nodiscard]] std::vector<StoredTrial> read_trials(const Database& study, std::optional<CandidateId> only = {});
[[nodiscard]] TrialHistory read_history(const Database& study);
/// In the order of ids.
[[nodiscard]] std::vector<TrialScore> read_scores(const Database& study);
[[nodiscard]] std::vector<StudyStart> read_starts(const Database& study);
[[nodiscard]] RejectionCounts read_rejections(const Database& study);
/// Why the search ended by itself; empty if it has not.
[[nodiscard]] std::string read_ending(const Database& study);

/// The resolved config that the run was started with. Error as open_study.
[[nodiscard]] Result<std::string> read_config_text(const std::filesystem::path& run_directory);

}  // namespace nas
