// A run's directory: `config.yaml` (resolved), `study.db`, `logs/`, `run.lock`, and
// `checkpoints/` where trainings have some. It is a run from the moment study.db is there; before that it is a start
// that was cut short, which the next start takes over.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "experiments/store/run_lock.h"
#include "nas/result.h"

namespace nas {

namespace run_files {
inline constexpr const char* kConfig = "config.yaml";
inline constexpr const char* kStudy = "study.db";
inline constexpr const char* kNewStudy = "study.db.new";  // until it is complete
inline constexpr const char* kLogs = "logs";
inline constexpr const char* kCheckpoints = "checkpoints";  // once a training has one
inline constexpr const char* kPreprocessing = "preprocessing.json";  // of the data, once a training has begun
inline constexpr const char* kLock = "run.lock";
}  // namespace run_files

enum class RunPresence {
  Absent,    // nothing there, or an empty directory
  CutShort,  // a start that ended before it had a study
  Run,
  Foreign,  // something that is not ours
};

[[nodiscard]] RunPresence run_presence(const std::filesystem::path& directory);

/// What makes a directory Foreign, in words that fit in brackets.
[[nodiscard]] std::string why_foreign(const std::filesystem::path& directory);

/// A run's directory, locked against other searches while this lives. Move-only.
class RunDirectory {
 public:
  /// Makes it with its parents and logs/. Error: it holds a run or something else, is a file,
  /// cannot be made or written, or another search is starting in it.
  [[nodiscard]] static Result<RunDirectory> create(const std::filesystem::path& directory);

  /// For --resume. holds_study() is false where the start was cut short: go on as after create().
  /// Error: no run there, or another search has it open.
  [[nodiscard]] static Result<RunDirectory> resume(const std::filesystem::path& directory);

  RunDirectory(RunDirectory&&) noexcept = default;
  RunDirectory& operator=(RunDirectory&&) = delete;
  /// A directory without a study is cleared of what a start makes, and removed if it is empty then.
  ~RunDirectory();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path study() const { return path_ / run_files::kStudy; }
  [[nodiscard]] std::filesystem::path logs() const { return path_ / run_files::kLogs; }
  [[nodiscard]] std::filesystem::path checkpoints() const { return path_ / run_files::kCheckpoints; }
  [[nodiscard]] bool holds_study() const;

  /// Replaces config.yaml as a whole, durably. Throws nas::Exception if it cannot be written.
  void write_config(std::string_view yaml) const;

 private:
  RunDirectory(std::filesystem::path path, RunLock lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  static Result<RunDirectory> take(const std::filesystem::path& directory);
  std::filesystem::path path_;  // empty after a move
  RunLock lock_;
};

/// As write_durably, but throws nas::Exception with the reason and what to try.
void replace_file(const std::filesystem::path& file, std::string_view content);

}  // namespace nas
