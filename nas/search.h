// The search: one short loop, the same for one process and for ten thousand ranks.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
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

enum class Stop {
  No,
  Gently,  // hand out nothing more, call back what has not begun, wait for what runs
  Now,     // call back what runs too
};

struct SearchSetup {
  std::vector<Objective> objectives;
  std::vector<Limit> trained_limits;  // those that need metrics from training
  std::function<void(const SearchProgress&)> on_progress;
  std::function<Stop()> stop_requested;  // asked before each wait; never goes back
  /// The log is unavailable (the reason), or is there again (empty). While it is away nothing is
  /// handed out and results are kept in memory.
  std::function<void(const std::string& reason)> on_log_pause;
  std::chrono::seconds log_patience{600};  // how long the log may be away
  std::size_t kept_results = 100'000;      // in memory meanwhile
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
/// objectives mean the same number. Once a stop is requested nothing new goes out, not even of
/// `unfinished`; candidates that are called back stay asked for, so that a resumed run has them
/// first. Throws what the log throws, LogUnavailable only after `log_patience` or with more than
/// `kept_results` waiting.
void run_search(Proposer& proposer, Evaluator& evaluator, TrialLog& log, const SearchSetup& setup,
                std::vector<AskedTrial> unfinished = {});

}  // namespace nas
