// The search: one short loop, the same for one process and for ten thousand ranks.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "nas/evaluator.h"
#include "nas/objective.h"
#include "nas/proposer.h"
#include "nas/trial_log.h"

namespace nas {

/// What the loop tells whoever shows progress. Called from the loop's thread after every wait.
struct SearchProgress {
  std::uint64_t evaluations = 0;  // planned in all
  std::uint64_t finished = 0;     // told, failures included
  std::uint64_t failed = 0;
  std::uint64_t running = 0;
  RejectionCounts rejected;
  std::span<const FinishedTrial> news;  // told in this round
};

struct SearchSetup {
  std::vector<Objective> objectives;
  std::vector<Limit> trained_limits;  // those that need metrics from training
  std::function<void(const SearchProgress&)> on_progress;
  std::function<bool()> stop_requested;  // true: hand out nothing more, wait for what runs
};

/// The verdict on one evaluation: values and constraints, or a failure where a metric that an
/// objective or limit needs is missing (Protocol) or the value is not finite (Diverged).
[[nodiscard]] FinishedTrial judge(const SearchSetup& setup, Evaluation evaluation, std::uint64_t told_index);
[[nodiscard]] Outcome outcome_of(const SearchSetup& setup, const Candidate& candidate, const FinishedTrial& trial);

/// Asks and tells as the history did and compares genotype, budget, seed, parents,
/// what it continues and what stops it: error if a
/// candidate comes out different (another config or version made the run) or the history
/// contradicts itself. Returns the candidates that were running, by id. REQUIRES: a new proposer.
[[nodiscard]] Result<std::vector<AskedTrial>> replay(Proposer& proposer, const SearchSetup& setup,
                                                     const TrialHistory& history);

/// Runs until nothing is left: `unfinished` first (from replay), then what the proposer asks. A
/// candidate is logged before it is submitted, a result before it is told; results of one wait are
/// told in the order in which the evaluator gave them. Metrics that were computed beforehand
/// (params, macs) join those of the result and replace them where both have a name: limits and
/// objectives mean the same number. After `stop_requested` nothing new goes out, not even of
/// `unfinished`, and what runs is waited for. Throws what the log throws.
void run_search(Proposer& proposer, Evaluator& evaluator, TrialLog& log, const SearchSetup& setup,
                std::vector<AskedTrial> unfinished = {});

}  // namespace nas
