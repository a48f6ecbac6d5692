#include "experiments/store/run_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <vector>

#include "nas/durable_file.h"

namespace nas {
namespace fs = std::filesystem;
namespace {

/// All that a start makes before there is a study, the lock last so that it guards the removal.
constexpr std::array<const char*, 7> kStartFiles = {"config.yaml",          "config.yaml.new",  "study.db.new",
                                                    "study.db.new-journal", "study.db.new-wal", "logs",
                                                    run_files::kLock};

bool is_start_file(const fs::path& entry) {
  return std::ranges::find(kStartFiles, entry.filename().string()) != kStartFiles.end();
}

Error cannot_create(const fs::path& directory, const std::string& why) {
  return Error{fmt::format("cannot create run directory {} ({}), choose another with --run", directory.string(), why)};
}

Error held_elsewhere(const fs::path& directory) {
  const LockHolder holder = probe_run_lock(directory / run_files::kLock);
  const std::string who =
      holder.host.empty() ? std::string() : fmt::format(" (pid {} on host {})", holder.process, holder.host);
  const std::string stale = holder.state == LockState::Unsupported ? fmt::format(", or delete {}/{} if it is long gone",
                                                                                 directory.string(), run_files::kLock)
                                                                   : std::string();
  return Error{
      fmt::format("another search{} has {} open, wait for it, stop it, or choose another directory with --run{}", who,
                  directory.string(), stale)};
}

std::optional<Error> reason_against_creating(const fs::path& directory) {
  switch (run_presence(directory)) {
    case RunPresence::Run:
      return Error{fmt::format("run directory {} exists, continue it with --resume or choose another with --run",
                               directory.string())};
    case RunPresence::Foreign:
      return cannot_create(directory, why_foreign(directory));
    case RunPresence::Absent:
    case RunPresence::CutShort:
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

RunPresence run_presence(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (status.type() == fs::file_type::not_found) return RunPresence::Absent;
  if (!fs::is_directory(status)) return RunPresence::Foreign;
  if (fs::exists(directory / run_files::kStudy, error)) return RunPresence::Run;
  fs::directory_iterator entries(directory, error);
  if (error) return RunPresence::Foreign;
  if (entries == fs::directory_iterator()) return RunPresence::Absent;
  const bool ours = fs::exists(directory / run_files::kLock, error) &&
                    std::ranges::all_of(entries, [](const fs::directory_entry& entry) { return is_start_file(entry); });
  return ours ? RunPresence::CutShort : RunPresence::Foreign;
}

std::string why_foreign(const fs::path& directory) {
  std::error_code error;
  const fs::file_status status = fs::status(directory, error);
  if (fs::exists(status) && !fs::is_directory(status)) return "a file of that name exists";
  if (!error) fs::directory_iterator(directory, error);
  return error ? error.message() : fmt::format("there are other files and no {}", run_files::kStudy);
}

Result<RunDirectory> RunDirectory::take(const fs::path& directory) {
  Result<std::optional<RunLock>> lock = RunLock::take(directory / run_files::kLock);
  if (!lock) return lock.error();
  if (!*lock) return held_elsewhere(directory);
  return RunDirectory(directory, std::move(**lock));
}

Result<RunDirectory> RunDirectory::create(const fs::path& directory) {
  if (auto reason = reason_against_creating(directory)) return *reason;
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return cannot_create(directory, error.message());
  Result<RunDirectory> taken = take(directory);
  if (!taken) return taken.error();
  // Another start may have finished its study between the look and the lock.
  if (auto reason = reason_against_creating(directory)) return *reason;
  fs::create_directory(taken->logs(), error);
  if (error) return cannot_create(directory, error.message());
  return taken;
}

Result<RunDirectory> RunDirectory::resume(const fs::path& directory) {
  switch (run_presence(directory)) {
    case RunPresence::Absent:
      return Error{fmt::format("no run in {} to resume, start it without --resume", directory.string())};
    case RunPresence::Foreign:
      return Error{fmt::format("{} holds no run ({}), name a run directory with --run", directory.string(),
                               why_foreign(directory))};
    case RunPresence::CutShort:
      return create(directory);
    case RunPresence::Run:
      return take(directory);
  }
  return Error{};
}

RunDirectory::~RunDirectory() {
  if (path_.empty() || holds_study()) return;
  std::error_code ignored;
  for (const char* name : kStartFiles) {
    // logs/ goes only if it is empty: remove() is rmdir there.
    fs::remove(path_ / name, ignored);
  }
  fs::remove(path_, ignored);
}

bool RunDirectory::holds_study() const {
  std::error_code ignored;
  return fs::exists(study(), ignored);
}

void RunDirectory::write_config(std::string_view yaml) const { replace_file(path_ / run_files::kConfig, yaml); }

void replace_file(const fs::path& file, std::string_view content) {
  const Result<Unit> written = write_durably(file, content);
  if (written) return;
  throw Exception(written.error().message + ", free some space or choose another directory with --run");
}

}  // namespace nas
