// The ask/tell side of a search: an algorithm's proposals, checked for duplicates and limits,
// numbered and seeded. Its state is a function of the seed and the sequence of asks and tells, so
// a stored run can be replayed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "nas/genotype_hash.h"
#include "nas/objective.h"
#include "nas/screening.h"
#include "nas/search_algorithm.h"
#include "nas/search_space.h"
#include "nas/trial_log.h"

namespace nas {

struct ProposerConfig {
  std::uint64_t seed = 1;
  std::uint64_t evaluations = 100;  // candidates in all
  std::int32_t budget = 1;          // epochs of each, unless the algorithm wants fewer
  bool allow_duplicates = false;
  std::vector<Genotype> start = {};  // evaluated first, before the algorithm is asked; refused ones are passed over
};

/// One count for each refused proposal: the same genotype counts as often as it is proposed.
/// Genotypes met while the space is walked in order count too.
struct RejectionCounts {
  std::uint64_t duplicate = 0;
  std::uint64_t over_limit = 0;
  std::uint64_t invalid = 0;
  bool operator==(const RejectionCounts&) const = default;
};

class Proposer {
 public:
  static constexpr std::size_t kProposalTries = 200;           // of the algorithm, for one candidate
  static constexpr std::size_t kSampleTries = 10'000;          // of the space, after that
  static constexpr double kWalkableGenotypes = 2e6;            // larger spaces are not walked
  static constexpr std::size_t kRememberedVerdicts = 1 << 18;  // some 30 MB

  /// `space` must outlive it.
  Proposer(const SearchSpace& space, std::unique_ptr<SearchAlgorithm> algorithm, Screen screen, ProposerConfig config);

  /// At most `count` candidates to evaluate; fewer only when the evaluations are used up or the
  /// space is exhausted. `ask(n)` equals n times `ask(1)`. A refused proposal is asked for again;
  /// after kProposalTries refusals the candidate is sampled from the space, for as many epochs as the
  /// last one refused, and in the end the
  /// space is walked in order (if it is small enough), so that exhaustion is found for certain.
  /// All draws for one candidate come from the stream (seed, id, Stream::Proposal); its training
  /// seed from (seed, id, Stream::Training), below 2^63, unless it continues another's training. A
  /// continuation is no duplicate.
  [[nodiscard]] std::vector<AskedTrial> ask(std::size_t count);

  /// REQUIRES: asked for before, not told before.
  void tell(const Outcome& outcome);

  /// Nothing more will be asked.
  [[nodiscard]] bool finished() const;
  /// Why it ended before its evaluations were used up; empty otherwise.
  [[nodiscard]] const std::string& ended_early() const { return ended_early_; }
  [[nodiscard]] std::uint64_t asked() const { return told_flags_.size(); }
  [[nodiscard]] std::uint64_t told() const { return told_; }
  /// Of those told.
  [[nodiscard]] std::uint64_t failed() const { return failed_; }
  /// Candidates planned in all.
  [[nodiscard]] std::uint64_t evaluations() const { return config_.evaluations; }
  [[nodiscard]] const RejectionCounts& rejected() const { return rejected_; }

 private:
  enum class Refusal : std::uint8_t { Duplicate, OverLimit, Invalid };

  [[nodiscard]] std::optional<AskedTrial> next_trial();
  [[nodiscard]] std::optional<AskedTrial> walk_on(CandidateId id, std::int32_t budget);
  [[nodiscard]] std::optional<AskedTrial> screened(CandidateId id, Proposal proposal);
  [[nodiscard]] AskedTrial accept(CandidateId id, Proposal proposal, Screening screening);
  void check_continuation(const Proposal& proposal);
  void refuse(Refusal refusal);
  void remember(const Genotype& genotype, Refusal refusal);
  [[nodiscard]] bool can_walk();
  [[nodiscard]] std::string why_it_ends();

  const SearchSpace& space_;
  std::unique_ptr<SearchAlgorithm> algorithm_;
  Screen screen_;
  ProposerConfig config_;

  std::size_t next_start_ = 0;    // of config_.start
  std::vector<bool> told_flags_;  // by candidate id
  std::unordered_set<CandidateId> continued_;
  std::uint64_t told_ = 0;
  std::uint64_t failed_ = 0;
  RejectionCounts rejected_;
  std::string ended_early_;

  std::unordered_set<std::string> keys_;  // of accepted candidates
  // Genotypes that would be refused again, so that they are not decoded again.
  std::unordered_map<Genotype, Refusal, GenotypeHash> refusals_;

  std::optional<double> genotypes_;      // counted when it matters; rounded, infinite if too large or not known
  std::vector<std::size_t> walk_order_;  // empty until the walk begins
  std::optional<Genotype> walk_next_;    // empty: at the end
  bool walk_accepted_ = false;           // since its beginning
};

}  // namespace nas
