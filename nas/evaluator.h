// Where candidates become evaluations: a table, child processes, MPI workers.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "nas/candidate.h"

namespace nas {

/// Used from one thread. Exactly one Evaluation comes back for each submitted candidate, in any
/// order; a candidate that fails is an Evaluation with a Failure, never an exception.
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
};

}  // namespace nas
