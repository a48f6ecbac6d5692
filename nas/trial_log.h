// What the search writes down as it goes, and what it needs to go on after a stop.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nas/candidate.h"

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

/// Durable when a call returns. Throws nas::Exception when it cannot be (disk full).
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
