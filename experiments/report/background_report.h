// The report of a run that is searching: written by a process of its own, so that the search neither waits for it nor
// needs memory for it.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>

#include "nas/result.h"

namespace nas {

/// Used from one thread, which may not leave SIGCHLD ignored. Not copyable.
class BackgroundReport {
 public:
  using Clock = std::chrono::steady_clock;

  /// `program` is called as `program report RUN`. The first report is due a `period` from `now`.
  BackgroundReport(std::filesystem::path program, std::filesystem::path run, std::chrono::seconds period,
                   Clock::time_point now = Clock::now());
  /// Ends a process that is at work.
  ~BackgroundReport();
  BackgroundReport(const BackgroundReport&) = delete;
  BackgroundReport& operator=(const BackgroundReport&) = delete;

  /// Starts a process where one is due and none is at work. Never waits, and never fails: there is a next time.
  void update(Clock::time_point now = Clock::now());

  /// One more report, of what the run holds now; waits for it. Error: it could not be started or written. Its own
  /// message is on standard error.
  [[nodiscard]] Result<Unit> finish();

 private:
  [[nodiscard]] bool start();
  /// Exit status of the process at work once it has ended; `options` as of waitpid.
  [[nodiscard]] bool has_ended(int options, int& status);

  std::filesystem::path program_;
  std::filesystem::path run_;
  std::chrono::seconds period_;
  Clock::time_point due_;
  pid_t process_ = kNone;

  static constexpr pid_t kNone = -1;
};

}  // namespace nas
