// What a farm decides by rules of its own: how long silence may last, who gets a second try, when
// a worker is to blame, how far to work ahead.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "nas/candidate.h"

namespace nas {

[[nodiscard]] inline double seconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// How often ranks show that they live, and how long they may be silent.
struct FarmTiming {
  std::chrono::milliseconds heartbeat{2000};
  std::chrono::milliseconds patience{60'000};

  /// A coordinator hears at most some thousand heartbeats a second, however many ranks there are;
  /// a rank may miss three.
  [[nodiscard]] static FarmTiming of(std::int64_t seconds_of_silence, int ranks);
};

/// Which failures are a candidate's last word. Thread-compatible value.
struct RetryRules {
  std::int64_t max_attempts = 3;
  std::vector<FailureType> again = {FailureType::Crashed, FailureType::WorkerLost};

  [[nodiscard]] bool try_again(FailureType type, std::int64_t attempts) const;
};

/// Finds workers that fail whatever they are given while others do not: a GPU that fell off the bus.
class WorkerHealth {
 public:
  /// Failures in a row, of so many different candidates, that set a worker aside.
  static constexpr std::size_t kFailuresInARow = 3;

  /// Notes one outcome; true: this worker is to be set aside. Only failures that a machine can
  /// cause count, and only where another worker has finished a candidate since the first of them.
  /// Never the last worker that is known.
  [[nodiscard]] bool note(const Evaluation& evaluation);
  [[nodiscard]] std::size_t set_aside() const { return aside_.size(); }

 private:
  struct Record {
    std::set<CandidateId> failed;           // in a row
    std::uint64_t successes_elsewhere = 0;  // of all workers when the row began
  };
  std::map<std::string, Record, std::less<>> workers_;
  std::set<std::string, std::less<>> aside_;
  std::uint64_t successes_ = 0;
};

/// Durations and round trips of late, and what follows from them.
class Pace {
 public:
  static constexpr std::size_t kRemembered = 64;
  static constexpr std::size_t kMostAhead = 64;  // for each slot
  /// Of the median duration: a shorter round trip is not worth a stale choice.
  static constexpr double kWorthwhile = 0.01;
  static constexpr double kLatestNotice = 0.01;    // seconds
  static constexpr double kNoticeWithAhead = 0.1;  // of the median duration
  static constexpr double kNotice = 0.005;         // the same where none waits
  static constexpr std::size_t kFinishedForLimit = 10;
  static constexpr double kLimitFactor = 10;  // times the slowest seen
  static constexpr double kLeastLimit = 60;   // seconds of a whole candidate

  /// One finished candidate: `seconds` at the worker.
  void note_duration(double seconds, std::int32_t budget, bool succeeded);
  /// What passed beside the work of a candidate that found a free slot, until its result was there.
  void note_round_trip(double seconds);

  /// Candidates to queue at a worker for each of its slots.
  [[nodiscard]] std::size_t ahead() const;
  /// How late the coordinator may notice a result, in seconds, without a slot standing empty for it:
  /// long where each has a candidate that waits, else a small part of a candidate's time.
  [[nodiscard]] double harmless_delay() const;
  /// Evaluator::limit_time by those that finished; 0 while too few have.
  [[nodiscard]] double seconds_per_epoch() const;

 private:
  std::deque<double> durations_;
  std::deque<double> round_trips_;
  double slowest_per_epoch_ = 0;
  std::size_t finished_ = 0;
};

/// Seconds that a candidate of this budget may take under Evaluator::limit_time.
[[nodiscard]] inline double learnt_limit(double seconds_per_epoch, std::int32_t budget) {
  return std::max(Pace::kLeastLimit, seconds_per_epoch * std::max(budget, 1));
}

}  // namespace nas
