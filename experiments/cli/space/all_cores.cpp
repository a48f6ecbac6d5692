#include "experiments/cli/space/all_cores.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace nas {

void on_all_cores(const std::function<void()>& work) {
  std::exception_ptr failure;
  std::mutex failure_lock;
  const auto guarded = [&] {
    try {
      work();
    } catch (...) {
      const std::lock_guard guard(failure_lock);
      if (!failure) failure = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < std::thread::hardware_concurrency(); ++i) others.emplace_back(guarded);
    guarded();
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace nas
