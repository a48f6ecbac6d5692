// The directory of an export while it is being written: beside its place, renamed when all of it is there.
#pragma once

#include <filesystem>
#include <utility>

#include "nas/result.h"

namespace nas {

enum class ExistingTarget { Refuse, Replace };

/// Error: the directory exists; with Replace only where it is no earlier export, which nothing but is replaced.
[[nodiscard]] Result<Unit> check_export_target(const std::filesystem::path& directory, ExistingTarget existing);

/// Gone unless it was kept. Move-only.
class DraftDirectory {
 public:
  /// Error: the directory, or one of its parents, can't be made.
  [[nodiscard]] static Result<DraftDirectory> create(const std::filesystem::path& target);
  ~DraftDirectory();
  DraftDirectory(DraftDirectory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  DraftDirectory& operator=(DraftDirectory&&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// For files that come and go.
  [[nodiscard]] std::filesystem::path work() const { return path_ / "work"; }

  /// Renames it; what was at `target` goes. Error: `target` is as it was.
  [[nodiscard]] Result<Unit> keep_as(const std::filesystem::path& target);

 private:
  explicit DraftDirectory(std::filesystem::path path) : path_(std::move(path)) {}
  std::filesystem::path path_;
};

}  // namespace nas
