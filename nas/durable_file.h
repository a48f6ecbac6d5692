// Files that are whole or not there, also after a power failure.
#pragma once

#include <filesystem>
#include <string_view>

#include "nas/result.h"

namespace nas {

/// Writes a file as a whole: `<file>.new` beside it, fsync, rename, fsync of the directory. A
/// reader sees the old content or all of the new. Error: what could not be written, with the
/// system's reason; then `<file>.new` is gone.
[[nodiscard]] Result<Unit> write_durably(const std::filesystem::path& file, std::string_view content);

/// Makes renames in `directory` durable. Error: the system's reason.
[[nodiscard]] Result<Unit> sync_directory(const std::filesystem::path& directory);

}  // namespace nas
