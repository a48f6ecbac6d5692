// Which processes descend from a process, read from /proc. Used by the guard to leave no orphan.
#pragma once

#include <sys/types.h>

#include <vector>

namespace nas {

/// All living descendants of `ancestor` at this moment, zombies left out, in no order. Processes
/// that start while it reads may be missed: call it again until it is empty.
[[nodiscard]] std::vector<pid_t> descendants_of(pid_t ancestor);

}  // namespace nas
