// What a benchmark shows while it runs, on standard error: a bar with the time left, rewritten on a
// terminal, a line every few seconds elsewhere.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

namespace nas {

/// "[#####.....] 51%, 61,000 of 120,000 evaluations, 0:00:12 left".
[[nodiscard]] std::string progress_bar(std::uint64_t done, std::uint64_t total, double seconds,
                                       std::string_view unit = "evaluations");

/// May be used from several threads.
class BenchProgress {
 public:
  /// `total`: units of all runs, which `unit` names.
  BenchProgress(std::uint64_t total, std::string unit);
  BenchProgress(const BenchProgress&) = delete;
  BenchProgress& operator=(const BenchProgress&) = delete;
  /// Takes the bar off a terminal.
  ~BenchProgress();

  /// So many more units.
  void step(std::uint64_t units);

 private:
  using Clock = std::chrono::steady_clock;
  void show(std::uint64_t done);

  const std::uint64_t total_;
  const std::string unit_;
  const bool terminal_;
  const Clock::time_point start_ = Clock::now();
  std::atomic<std::uint64_t> done_ = 0;
  std::mutex lock_;  // of what follows
  Clock::time_point shown_ = start_;
  bool on_screen_ = false;
};

}  // namespace nas
