#include "experiments/store/study_store.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "experiments/store/meta.h"
#include "experiments/store/schema.h"
#include "experiments/store/study_rows.h"
#include "nas/durable_file.h"

namespace nas {
namespace fs = std::filesystem;
namespace {

double unix_now() { return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count(); }

/// Which file a path leads to.
using FileIdentity = std::pair<dev_t, ino_t>;

std::optional<FileIdentity> identity_of(const std::string& file) {
  struct stat facts = {};
  if (stat(file.c_str(), &facts) != 0) return std::nullopt;
  return FileIdentity{facts.st_dev, facts.st_ino};
}

struct Event {
  double time = 0;
  std::string kind;
  std::string text;
};

void set_journal(const Database& study, Journal journal) {
  // SQLite answers with the mode it could have; one without shared memory stays at its rollback
  // journal, which is as durable.
  Statement mode(study, journal == Journal::Wal ? "PRAGMA journal_mode = WAL" : "PRAGMA journal_mode = DELETE");
  mode.run();
  Statement(study, "PRAGMA synchronous = FULL").run();
}

void check_integrity(const Database& study, const std::string& file) {
  Statement check(study, "PRAGMA quick_check(1)");
  check.start();
  const std::string verdict = check.step() ? check.text(0) : std::string("no verdict");
  if (verdict != "ok") {
    throw Exception(fmt::format("{} is damaged ({}), restore it from a copy", file, verdict));
  }
}

/// The number of rows in a table whose key runs from 0 without gaps.
std::uint64_t next_index(const Database& study, const char* table, const char* key) {
  Statement query(study, fmt::format("SELECT count(*), coalesce(max({}) + 1, 0) FROM {}", key, table));
  query.start();
  NAS_CHECK(query.step(), "an aggregate without a row");
  if (query.integer(0) != query.integer(1)) {
    throw Exception(fmt::format("the study is damaged (rows of {} are missing), restore it from a copy", table));
  }
  return static_cast<std::uint64_t>(query.integer(0));
}

std::int64_t insert_start(const Database& study) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host.front() = '\0';
  const double now = unix_now();
  Statement(study, "INSERT INTO nas_starts (started_at, last_at, workers, host, process) VALUES (?, ?, 0, ?, ?)")
      .run(now, now, host.data(), std::int64_t{getpid()});
  return sqlite3_last_insert_rowid(study.handle());
}

void write_new_study(const fs::path& file, const StudyDescription& description, Journal journal) {
  Database study(file, Database::Access::Create, vfs_for(journal));
  set_journal(study, Journal::Rollback);
  Transaction transaction(study);
  create_tables(study);
  StudyRows::write_study(study, description);
  transaction.commit();
}

Journal journal_of(const RunDirectory& run) { return journal_for(run.path(), run.path() / run_files::kLock); }

}  // namespace

struct StudyStore::State {
  State(const fs::path& path, Journal journal);

  template <class Write>
  void transact(Write&& write);
  /// Throws LogUnavailable where the path leads to this study no more: SQLite would go on writing to
  /// a file that nobody can open again.
  void check_place() const;
  void write_pending(double now);

  std::string file;
  Database study;
  std::optional<FileIdentity> identity;
  StudyDescription description;
  StudyRows rows;
  Statement update_start;
  Statement update_counter;
  Statement insert_event;
  std::int64_t start_id = 0;
  std::uint64_t next_number = 0;
  std::uint64_t next_told = 0;
  std::size_t workers = 0;
  RejectionCounts rejected;
  bool rejected_changed = false;
  std::vector<Event> events;
};

namespace {

/// Opens and checks before anything else is prepared on it.
Database open_to_write(const fs::path& file, Journal journal) {
  Database study(file, Database::Access::ReadWrite, vfs_for(journal));
  check_integrity(study, file.string());
  if (const Result<Unit> ours = check_tables(study, file.string()); !ours) throw Exception(ours.error().message);
  set_journal(study, journal);
  return study;
}

}  // namespace

StudyStore::State::State(const fs::path& path, Journal journal)
    : file(path.string()),
      study(open_to_write(path, journal)),
      identity(identity_of(file)),
      description(read_description(study)),
      rows(study, description),
      update_start(study, "UPDATE nas_starts SET last_at = ?, workers = ? WHERE start_id = ?"),
      update_counter(study, "INSERT OR REPLACE INTO nas_counters (name, value) VALUES (?, ?)"),
      insert_event(study, "INSERT INTO nas_events (time, kind, text) VALUES (?, ?, ?)"),
      next_number(next_index(study, "nas_trials", "number")),
      next_told(next_index(study, "nas_results", "told_index")) {
  rejected = read_rejections(study);
  Transaction transaction(study);
  start_id = insert_start(study);
  study.execute("DELETE FROM nas_meta WHERE key = 'ending'");
  transaction.commit();
}

/// What may pass by itself: a full disk, a file system that is away or was mounted read-only, a lock.
/// A damaged file does not.
bool may_pass(const SqliteError& error) {
  switch (error.code() & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      return true;
    default:
      return false;
  }
}

void StudyStore::State::check_place() const {
  if (identity_of(file) == identity) return;
  throw LogUnavailable(fmt::format("{} is not there any more (results would be lost), put it back", file));
}

/// One transaction of `write` and what waits. Nothing has happened if it throws.
template <class Write>
void StudyStore::State::transact(Write&& write) {
  check_place();
  try {
    const double now = unix_now();
    Transaction transaction(study);
    write(now);
    write_pending(now);
    transaction.commit();
  } catch (const SqliteError& error) {
    if (may_pass(error)) throw LogUnavailable(error.what());
    throw;
  }
  rejected_changed = false;
  events.clear();
}

void StudyStore::State::write_pending(double now) {
  update_start.run(now, std::uint64_t{workers}, start_id);
  if (rejected_changed) {
    update_counter.run("rejected.duplicate", rejected.duplicate);
    update_counter.run("rejected.over_limit", rejected.over_limit);
    update_counter.run("rejected.invalid", rejected.invalid);
  }
  for (const Event& event : events) insert_event.run(event.time, event.kind, event.text);
}

StudyStore::StudyStore(std::unique_ptr<State> state) : state_(std::move(state)) {}
StudyStore::StudyStore(StudyStore&&) noexcept = default;
StudyStore& StudyStore::operator=(StudyStore&&) noexcept = default;
StudyStore::~StudyStore() = default;

Result<StudyStore> StudyStore::create(const RunDirectory& run, const StudyDescription& description,
                                      std::optional<Journal> journal) {
  NAS_CHECK(!description.objectives.empty(), "a study needs an objective");
  return result_of([&]() -> Result<StudyStore> {
    const Journal how = journal ? *journal : journal_of(run);
    const fs::path fresh = run.path() / run_files::kNewStudy;
    std::error_code ignored;
    for (const char* suffix : {"", "-journal", ".lock"}) fs::remove(fresh.string() + suffix, ignored);
    write_new_study(fresh, description, how);
    if (std::rename(fresh.c_str(), run.study().c_str()) != 0) {
      throw Exception(
          fmt::format("cannot rename {} (the run cannot start), choose another directory with --run", fresh.string()));
    }
    if (const Result<Unit> synced = sync_directory(run.path()); !synced) throw Exception(synced.error().message);
    return StudyStore(std::make_unique<State>(run.study(), how));
  });
}

Result<StudyStore> StudyStore::resume(const RunDirectory& run, std::optional<Journal> journal) {
  return result_of([&]() -> Result<StudyStore> {
    const Journal how = journal ? *journal : journal_of(run);
    if (how == Journal::DotFile) {
      // A killed search leaves SQLite's lock file behind; the run's own lock says that it is gone.
      std::error_code ignored;
      fs::remove(run.study().string() + ".lock", ignored);
    }
    return StudyStore(std::make_unique<State>(run.study(), how));
  });
}

void StudyStore::asked(std::span<const AskedTrial> trials) {
  std::uint64_t next = state_->next_number;
  state_->transact([&](double now) {
    for (const AskedTrial& trial : trials) {
      NAS_CHECK(number(trial.candidate.id) == next, "candidates are asked for in the order of their ids");
      ++next;
      state_->rows.write_asked(trial, now);
    }
  });
  state_->next_number = next;
}

void StudyStore::finished(std::span<const FinishedTrial> trials) {
  std::uint64_t next = state_->next_told;
  state_->transact([&](double now) {
    for (const FinishedTrial& trial : trials) {
      NAS_CHECK(trial.told_index == next, "results are told in the order of told_index");
      ++next;
      state_->rows.write_finished(trial, now);
    }
  });
  state_->next_told = next;
}

const StudyDescription& StudyStore::description() const { return state_->description; }

TrialHistory StudyStore::history() const { return read_history(state_->study); }

void StudyStore::note_rejected(const RejectionCounts& counts) {
  state_->rejected_changed = state_->rejected_changed || state_->rejected != counts;
  state_->rejected = counts;
}

void StudyStore::note_workers(std::size_t workers) { state_->workers = std::max(state_->workers, workers); }

void StudyStore::note_event(std::string_view kind, std::string_view text) {
  state_->events.push_back({unix_now(), std::string(kind), std::string(text)});
}

void StudyStore::flush() {
  state_->transact([](double) {});
}

void StudyStore::update_config(std::string_view config_text, std::uint64_t evaluations) {
  Transaction transaction(state_->study);
  meta::write(state_->study, {{"config", std::string(config_text)}, {"evaluations", std::to_string(evaluations)}});
  transaction.commit();
  state_->description.config_text = config_text;
  state_->description.evaluations = evaluations;
}

void StudyStore::end(std::string_view reason) {
  state_->transact([&](double) { meta::write(state_->study, {{"ending", std::string(reason)}}); });
}

}  // namespace nas
