// When a search is to stop before its end: signals and the job's time limit.
#pragma once

#include <chrono>

#include "nas/search.h"

namespace nas {

struct StopTimes {
  double walltime = 0;  // seconds from now after which the job ends; 0: no limit
  double grace = 0;     // seconds that running candidates get
};

/// From now on SIGUSR1, SIGTERM and SIGINT ask the search to stop; a second one of them ends the
/// process at once. At most one lives in a process.
class StopRequest {
 public:
  /// Kept at the end of the walltime for the store, the children's end and MPI.
  static constexpr std::chrono::seconds kMargin{15};

  explicit StopRequest(const StopTimes& times);

  /// Gently after a signal or when only grace and margin are left of the walltime, Now once the
  /// grace is over.
  [[nodiscard]] Stop stop();
  /// Why, in words; empty while there is no reason.
  [[nodiscard]] const char* reason() const { return reason_; }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::duration grace_;
  Clock::time_point begin_stopping_;
  Clock::time_point end_grace_ = Clock::time_point::max();
  const char* reason_ = "";
};

/// For the ranks that do not coordinate: rank 0 decides what a signal to all means.
void leave_stop_signals_to_the_coordinator();

}  // namespace nas
