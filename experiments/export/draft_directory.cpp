#include "experiments/export/draft_directory.h"

#include <fmt/format.h>
#include <unistd.h>

#include <system_error>

namespace nas {
namespace {

namespace fs = std::filesystem;

/// Whether replacing it loses nothing but an earlier export.
bool is_export(const fs::path& directory) {
  std::error_code failed;
  if (!fs::is_directory(directory, failed)) return false;
  return fs::is_empty(directory, failed) || fs::exists(directory / "architecture.yaml", failed);
}

}  // namespace

Result<Unit> check_export_target(const fs::path& directory, ExistingTarget existing) {
  std::error_code failed;
  if (!fs::exists(directory, failed)) return Unit{};
  if (existing == ExistingTarget::Refuse) {
    return Error{fmt::format("{} exists, --force replaces it", directory.string())};
  }
  if (is_export(directory)) return Unit{};
  return Error{
      fmt::format("{} is no earlier export (it has no architecture.yaml, and --force would remove all that is "
                  "in it), choose another directory",
                  directory.string())};
}

Result<DraftDirectory> DraftDirectory::create(const fs::path& target) {
  fs::path path = target;
  path += fmt::format(".new-{}", getpid());
  std::error_code failed;
  fs::create_directories(target.parent_path(), failed);
  if (!failed) fs::create_directories(path / "work", failed);
  if (failed) return Error{fmt::format("{} can't be made: {}", path.string(), failed.message())};
  return DraftDirectory(std::move(path));
}

DraftDirectory::~DraftDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<Unit> DraftDirectory::keep_as(const fs::path& target) {
  std::error_code failed;
  fs::remove_all(work(), failed);
  fs::path old = target;
  old += fmt::format(".old-{}", getpid());
  std::error_code absent;
  if (fs::exists(target, absent)) fs::rename(target, old, failed);
  if (!failed) fs::rename(path_, target, failed);
  if (failed) {
    if (fs::exists(old, absent) && !fs::exists(target, absent)) fs::rename(old, target, absent);
    return Error{fmt::format("{} can't be put in place: {}", target.string(), failed.message())};
  }
  path_.clear();
  fs::remove_all(old, failed);
  return Unit{};
}

}  // namespace nas
