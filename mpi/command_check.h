// Whether a user's command can be started at all, found out before a search begins.
#pragma once

#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

/// Looks the program up as execvp would, and the script where the program is a known interpreter.
/// Error: empty, not found, not executable; in words for the author of the experiment.
[[nodiscard]] Result<Unit> check_command(const std::vector<std::string>& command);

}  // namespace nas
