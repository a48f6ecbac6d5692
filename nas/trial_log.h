// What the search writes down as it goes, and what it needs to go on after a stop.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nas/candidate.h"
#include "nas/check.h"

namespace nas {

/// A candidate at the moment it was accepted.
struct AskedTrial {
  Candidate candidate;
  std::uint64_t asked_after = 0;  // number of results told before it was asked for
  Metrics computed;               // params, macs: known before training; may be empty
  bool operator==(const AskedTrial&) const = default;
};

/// A result at the moment before the algorithm hears of it.
struct FinishedTrial {
  Evaluation evaluation;
  std::uint64_t told_index = 0;     // 0, 1, 2, ... in the order of telling
  std::vector<double> values;       // objectives in the user's sense; empty if failed
  std::vector<double> constraints;  // excess of each limit on trained metrics; met where <= 0
  bool operator==(const FinishedTrial&) const = default;
};

/// Nothing was written, and the same call may succeed later: a full disk, a file system that is away.
class LogUnavailable : public Exception {
 public:
  using Exception::Exception;
};

/// Durable when a call returns. Throws LogUnavailable, or nas::Exception where waiting would not help.
struct TrialLog {
  virtual ~TrialLog() = default;
  /// Before any of them is submitted.
  virtual void asked(std::span<const AskedTrial> trials) = 0;
  /// Before any of them is told; one transaction.
  virtual void finished(std::span<const FinishedTrial> trials) = 0;
};

/// A stored run: every asked trial by id without gaps; finished ones in the order of telling.
struct TrialHistory {
  std::vector<AskedTrial> asked;
  std::vector<FinishedTrial> finished;
};

}  // namespace nas
