#pragma once

#include <filesystem>
#include <string>

#include "nas/result.h"

namespace nas {

/// All bytes of a file. Error: it can't be read.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& file);

}  // namespace nas
