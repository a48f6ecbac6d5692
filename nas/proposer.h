// The ask/tell side of a search: an algorithm's proposals, checked for duplicates and limits,
// numbered and seeded. Its state is a function of the seed and the sequence of asks and tells, so
// a stored run can be replayed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "nas/objective.h"
#include "nas/search_algorithm.h"
#include "nas/search_space.h"
#include "nas/trial_log.h"

namespace nas {

/// What screening found out about a genotype before any training.
struct Screening {
  enum class Verdict { Accepted, OverLimit, Invalid };
  Verdict verdict = Verdict::Accepted;
  std::string key;   // two genotypes with equal keys are the same thing to evaluate
  Metrics computed;  // params, macs where they are counted
};

/// Pure; decodes, counts and hashes as the evaluator at hand needs it.
using Screen = std::function<Screening(const Genotype&)>;

struct ProposerConfig {
  std::uint64_t seed = 1;
  std::uint64_t evaluations = 100;  // candidates in all
  std::int32_t budget = 1;          // epochs of each
  bool allow_duplicates = false;
};

struct RejectionCounts {
  std::uint64_t duplicate = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t invalid = 0;
  bool operator==(const RejectionCounts&) const = default;
};

class Proposer {
 public:
  /// `space` must outlive it.
  Proposer(const SearchSpace& space, std::unique_ptr<SearchAlgorithm> algorithm, Screen screen, ProposerConfig config);

  /// At most `count` candidates to evaluate; fewer only when the evaluations are used up or the
  /// space is exhausted. `ask(n)` equals n times `ask(1)`. A refused proposal is asked for again;
  /// after kProposalTries refusals the candidate is sampled from the space, and in the end the
  /// space is walked in order (if it is small enough), so that exhaustion is found for certain.
  [[nodiscard]] std::vector<AskedTrial> ask(std::size_t count);

  /// REQUIRES: asked for before, not told before.
  void tell(const Outcome& outcome);

  /// Nothing more will be asked.
  [[nodiscard]] bool finished() const;
  /// Why it ended before its evaluations were used up; empty otherwise.
  [[nodiscard]] const std::string& ended_early() const;
  [[nodiscard]] std::uint64_t asked() const;
  [[nodiscard]] std::uint64_t told() const;
  [[nodiscard]] const RejectionCounts& rejected() const;

  // The data members follow in the implementation.
};

}  // namespace nas
