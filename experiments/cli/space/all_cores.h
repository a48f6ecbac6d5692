// Work that is shared out among all cores of this machine.
#pragma once

#include <functional>

namespace nas {

/// Calls `work` once a core at the same time, once of them on the calling thread, and returns when
/// all have. Throws what the first one that failed threw.
void on_all_cores(const std::function<void()>& work);

}  // namespace nas
