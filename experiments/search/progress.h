// What a search shows while it runs: one line on standard error, rewritten on a terminal, repeated
// every few seconds elsewhere (a batch system's log); and a line for each of the first failures.
#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "nas/objective.h"
#include "nas/search.h"

namespace nas {

/// done / running / failed, candidates a minute, time left, best value of each objective by itself,
/// hypervolume (nas::normalised_hypervolume of all that is known). Used from the search's thread.
class ProgressLine {
 public:
  /// `objectives` must outlive it. `done_before`: results of earlier starts of this run.
  ProgressLine(const std::vector<Objective>& objectives, std::vector<std::vector<double>> known,
               std::uint64_t done_before);

  void update(const SearchProgress& progress);
  /// One line for a person, the first kEventsShown.
  void say(std::string_view text);
  /// The last state as a line that stays.
  void finish();

 private:
  using Clock = std::chrono::steady_clock;
  void remember(const SearchProgress& progress);
  /// What went wrong, a line a candidate, the first kFailuresShown.
  void report_failures(const SearchProgress& progress);
  [[nodiscard]] std::string text(const SearchProgress& progress) const;
  [[nodiscard]] std::string best_values() const;

  const std::vector<Objective>& objectives_;
  std::vector<std::vector<double>> points_;  // minimised, feasible
  std::uint64_t done_before_;
  std::uint64_t failures_shown_ = 0;
  std::uint64_t events_shown_ = 0;
  bool terminal_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point shown_{};
  std::string line_;
  std::string shown_line_;
};

}  // namespace nas
