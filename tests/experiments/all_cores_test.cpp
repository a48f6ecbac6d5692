#include "experiments/cli/space/all_cores.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace nas {
namespace {

TEST(OnAllCores, OnceACoreAndOnceHere) {
  std::mutex lock;
  std::multiset<std::thread::id> threads;
  on_all_cores([&] {
    const std::lock_guard guard(lock);
    threads.insert(std::this_thread::get_id());
  });
  EXPECT_EQ(threads.size(), std::max(1U, std::thread::hardware_concurrency()));
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 1U);
}

TEST(OnAllCores, ThrowsWhatAnyThreadThrew) {
  const std::thread::id here = std::this_thread::get_id();
  std::atomic<int> ended = 0;
  const auto fails_elsewhere = [&] {
    ++ended;
    if (std::this_thread::get_id() != here || std::thread::hardware_concurrency() < 2) throw std::runtime_error("one");
  };
  EXPECT_THROW(on_all_cores(fails_elsewhere), std::runtime_error);
  EXPECT_EQ(ended, static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
}

}  // namespace
}  // namespace nas
