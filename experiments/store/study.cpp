#include "experiments/store/study.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <system_error>

#include "experiments/store/encoding.h"
#include "experiments/store/file_system.h"
#include "experiments/store/meta.h"
#include "experiments/store/run_directory.h"
#include "experiments/store/schema.h"

namespace nas {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void damaged(const std::string& what) {
  throw Exception(fmt::format("the study is damaged ({}), restore it from a copy", what));
}

std::optional<Error> reason_against_reading(const fs::path& directory) {
  const std::string name = directory.string();
  switch (run_presence(directory)) {
    case RunPresence::Absent:
      return Error{fmt::format("no run in {} (no such directory, or an empty one), check the path", name)};
    case RunPresence::CutShort:
      return Error{
          fmt::format("{} has no study yet (its start is under way or was cut short), try again or start it "
                      "again with --resume",
                      name)};
    case RunPresence::Foreign:
      return Error{fmt::format("{} is no run directory ({}), check the path", name, why_foreign(directory))};
    case RunPresence::Run:
      return std::nullopt;
  }
  return std::nullopt;
}

bool has_content(const fs::path& file) {
  std::error_code error;
  const std::uintmax_t size = fs::file_size(file, error);
  return !error && size > 0;
}

/// True for what a read-only open runs into where it had to write first: a journal to roll back,
/// or the shared memory of a write-ahead log to make.
bool needs_writing(const SqliteError& failure) {
  const int primary = failure.code() & 0xff;
  return primary == SQLITE_READONLY || primary == SQLITE_CANTOPEN;
}

Database open_checked(const fs::path& file, Database::Access access, const char* vfs) {
  Database study(file, access, vfs);
  if (const Result<Unit> ours = check_tables(study, file.string()); !ours) throw Exception(ours.error().message);
  return study;
}

Database open_somehow(const fs::path& file, const char* vfs) {
  try {
    return open_checked(file, Database::Access::ReadOnly, vfs);
  } catch (const SqliteError& failure) {
    if (!needs_writing(failure)) throw;
  }
  try {
    return open_checked(file, Database::Access::ReadWrite, vfs);
  } catch (const SqliteError& failure) {
    if (!needs_writing(failure)) throw;
  }
  // Nobody can write here, so nobody changes it; but an immutable open does not see the journals.
  for (const char* journal : {"-wal", "-journal"}) {
    if (!has_content(file.string() + journal)) continue;
    throw Exception(
        fmt::format("cannot read {} (results in {}{} must be merged first, and the directory is read-only), "
                    "copy the run to a directory that you can write",
                    file.string(), file.filename().string(), journal));
  }
  return open_checked(file, Database::Access::Immutable, nullptr);
}

AskedTrial asked_trial(const Statement& row) {
  AskedTrial trial;
  trial.candidate.id = CandidateId{static_cast<std::uint64_t>(row.integer(0))};
  const auto genotype = genotype_from(row.text(1));
  if (!genotype) damaged(fmt::format("trial {} has no genotype", row.integer(0)));
  trial.candidate.genotype = *genotype;
  trial.candidate.seed = static_cast<std::uint64_t>(row.integer(2));
  trial.candidate.budget = static_cast<std::int32_t>(row.integer(3));
  trial.candidate.origin = row.text(4);
  trial.candidate.parents = encoding::parents_from(row.text(5));
  trial.asked_after = static_cast<std::uint64_t>(row.integer(6));
  trial.computed = encoding::metrics_from(row.text(8));
  trial.candidate.full_budget = static_cast<std::int32_t>(row.integer(9));
  if (!row.is_null(10)) trial.candidate.continues = CandidateId{static_cast<std::uint64_t>(row.integer(10))};
  trial.candidate.stop_above = encoding::values_from(row.text(11));
  return trial;
}

std::optional<Failure> failure_of(const Statement& row, int column) {
  if (row.is_null(column)) return std::nullopt;
  const std::string name = row.text(column);
  const auto type = failure_type_from(name);
  if (!type) damaged(fmt::format("unknown failure type '{}'", name));
  return Failure{*type, row.text(column + 1), row.text(column + 2)};
}

/// Columns from `first` on: told_index, worker, started_at, seconds, the failure's three, metrics,
/// objectives, constraints, the curve's points, stopped.
FinishedTrial finished_trial(const Statement& row, int first, CandidateId id) {
  FinishedTrial trial;
  trial.told_index = static_cast<std::uint64_t>(row.integer(first));
  trial.evaluation.id = id;
  trial.evaluation.worker = row.text(first + 1);
  trial.evaluation.started_at = row.real(first + 2);
  trial.evaluation.seconds = row.real(first + 3);
  trial.evaluation.failure = failure_of(row, first + 4);
  trial.evaluation.metrics = encoding::metrics_from(row.text(first + 7));
  trial.values = encoding::values_from(row.text(first + 8));
  trial.constraints = encoding::values_from(row.text(first + 9));
  if (!row.is_null(first + 10)) trial.evaluation.curve = encoding::curve_from(row.text(first + 10));
  trial.evaluation.stopped = row.integer(first + 11) != 0;
  return trial;
}

constexpr const char* kTrialQuery =
    "SELECT t.number, t.genotype, t.seed, t.budget, t.origin, t.parents, t.asked_after, t.asked_at, t.computed,"
    " t.full_budget, t.continues, t.stop_above,"
    " r.told_index, r.worker, r.started_at, r.seconds, r.failure_type, r.failure_message, r.log_tail, r.metrics,"
    " r.objectives, r.constraints, c.points, r.stopped"
    " FROM nas_trials t LEFT JOIN nas_results r ON r.number = t.number LEFT JOIN nas_curves c ON c.number = t.number"
    " WHERE t.number BETWEEN ?1 AND ?2 ORDER BY t.number";
constexpr int kFirstResultColumn = 12;

}  // namespace

Result<Database> open_study(const fs::path& run_directory) {
  if (auto reason = reason_against_reading(run_directory)) return *reason;
  return result_of([&]() -> Result<Database> {
    const Journal journal = journal_for(run_directory, run_directory / run_files::kLock);
    return open_somehow(run_directory / run_files::kStudy, vfs_for(journal));
  });
}

StudyDescription read_description(const Database& study) { return meta::description(meta::read(study)); }

std::vector<StoredTrial> read_trials(const Database& study, std::optional<CandidateId> only) {
  Statement query(study, kTrialQuery);
  // A range, which one by one and all together takes the primary key.
  query.start(only ? static_cast<std::int64_t>(number(*only)) : 0,
              only ? static_cast<std::int64_t>(number(*only)) : std::numeric_limits<std::int64_t>::max());
  std::vector<StoredTrial> trials;
  while (query.step()) {
    StoredTrial& trial = trials.emplace_back();
    trial.asked = asked_trial(query);
    trial.asked_at = query.real(7);
    if (!query.is_null(kFirstResultColumn)) {
      trial.finished = finished_trial(query, kFirstResultColumn, trial.asked.candidate.id);
    }
  }
  return trials;
}

TrialHistory read_history(const Database& study) {
  TrialHistory history;
  for (StoredTrial& trial : read_trials(study)) {
    if (number(trial.asked.candidate.id) != history.asked.size()) {
      damaged(fmt::format("trial {} is missing", history.asked.size()));
    }
    history.asked.push_back(std::move(trial.asked));
    if (trial.finished) history.finished.push_back(std::move(*trial.finished));
  }
  std::ranges::sort(history.finished, {}, &FinishedTrial::told_index);
  for (std::size_t i = 0; i < history.finished.size(); ++i) {
    if (history.finished[i].told_index != i) damaged(fmt::format("result {} is missing", i));
  }
  return history;
}

std::vector<TrialScore> read_scores(const Database& study) {
  Statement query(study,
                  "SELECT r.number, r.objectives, r.constraints, t.budget, t.continues, r.stopped FROM nas_results r"
                  " JOIN nas_trials t ON t.number = r.number WHERE r.failure_type IS NULL ORDER BY r.number");
  query.start();
  std::vector<TrialScore> scores;
  while (query.step()) {
    const std::vector<double> constraints = encoding::values_from(query.text(2));
    TrialScore& score = scores.emplace_back();
    score.id = CandidateId{static_cast<std::uint64_t>(query.integer(0))};
    score.values = encoding::values_from(query.text(1));
    score.feasible = std::ranges::all_of(constraints, [](double excess) { return excess <= 0; });
    score.epochs = static_cast<std::int32_t>(query.integer(3));
    if (!query.is_null(4)) score.continues = CandidateId{static_cast<std::uint64_t>(query.integer(4))};
    score.stopped = query.integer(5) != 0;
  }
  return scores;
}

std::vector<StudyStart> read_starts(const Database& study) {
  Statement query(study, "SELECT started_at, last_at, workers FROM nas_starts ORDER BY start_id");
  query.start();
  std::vector<StudyStart> starts;
  while (query.step()) starts.push_back({query.real(0), query.real(1), query.integer(2)});
  return starts;
}

RejectionCounts read_rejections(const Database& study) {
  Statement query(study, "SELECT name, value FROM nas_counters");
  query.start();
  std::map<std::string, std::uint64_t> counters;
  while (query.step()) counters[query.text(0)] = static_cast<std::uint64_t>(query.integer(1));
  return {counters["rejected.duplicate"], counters["rejected.over_limit"], counters["rejected.invalid"]};
}

std::string read_ending(const Database& study) { return meta::read(study)["ending"]; }

Result<std::string> read_config_text(const fs::path& run_directory) {
  const Result<Database> study = open_study(run_directory);
  if (!study) return study.error();
  return result_of([&]() -> Result<std::string> { return meta::read(*study)["config"]; });
}

}  // namespace nas
