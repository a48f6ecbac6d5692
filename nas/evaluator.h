// Where candidates become evaluations: a table, child processes, MPI workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>
#include <vector>

#include "nas/candidate.h"

namespace nas {

/// Used from one thread. Exactly one Evaluation comes back for each submitted candidate, in any
/// order, unless it is withdrawn; a candidate that fails is an Evaluation with a Failure, never an
/// exception.
struct Evaluator {
  virtual ~Evaluator() = default;

  /// How many candidates may be submitted now without waiting behind another.
  [[nodiscard]] virtual std::size_t free_slots() const = 0;

  /// How many candidates can be under way at once; 0 while no worker has reported yet.
  [[nodiscard]] virtual std::size_t slots() const = 0;

  /// REQUIRES: free_slots() > 0.
  virtual void submit(Candidate candidate) = 0;

  /// All results that are there; waits for the first, or for a change of free_slots(), at most
  /// `timeout`. Sleeps, never spins.
  [[nodiscard]] virtual std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) = 0;

  // What follows concerns evaluators whose candidates take long or wait behind others.

  /// Calls candidates back: all that have not begun, after which nothing is to be submitted, or one. Each comes out of
  /// take_withdrawn unless its result was faster; both may be waits later.
  virtual void withdraw_waiting() {}
  virtual void withdraw(CandidateId) {}
  /// Those that came back since the last call: no Evaluation of them comes.
  [[nodiscard]] virtual std::vector<CandidateId> take_withdrawn() { return {}; }

  /// Gives a worker (Evaluation::worker) no further candidate.
  virtual void set_aside(std::string_view) {}
  /// From now on a candidate has timed out after so many seconds for each epoch of its budget, where
  /// nobody has set another limit.
  virtual void limit_time(double) {}
};

}  // namespace nas
