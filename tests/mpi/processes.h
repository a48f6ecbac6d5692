// Finding and killing processes by a marker in their command line.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

namespace nas {

/// Living processes one of whose arguments is `marker`.
[[nodiscard]] std::vector<pid_t> processes_with(const std::string& marker);
/// Those of them that are guards.
[[nodiscard]] std::vector<pid_t> guards_with(const std::string& marker);

/// Waits until there are `count`; false after a long time.
[[nodiscard]] bool wait_for_processes(const std::string& marker, std::size_t count);

/// A word that no other test or run uses.
[[nodiscard]] std::string unique_marker();

}  // namespace nas
