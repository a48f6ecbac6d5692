// A loop whose rounds are shared out among threads.
#pragma once

#include <cstddef>
#include <functional>

namespace nas {

/// Calls `work(i)` for each i below `count`, in rising order on each of `threads` threads, one of
/// them the caller's. Throws what the first round that failed threw; what runs then is waited for.
void share_work(std::size_t count, std::size_t threads, const std::function<void(std::size_t)>& work);

}  // namespace nas
