#include "nas/proposer.h"

#include <fmt/format.h>

#include <utility>

#include "nas/check.h"
#include "nas/gene_order.h"

namespace nas {

Proposer::Proposer(const SearchSpace& space, std::unique_ptr<SearchAlgorithm> algorithm, Screen screen,
                   ProposerConfig config)
    : space_(space), algorithm_(std::move(algorithm)), screen_(std::move(screen)), config_(config) {
  NAS_CHECK(algorithm_ != nullptr && screen_ != nullptr, "a proposer needs an algorithm and a screen");
}

std::vector<AskedTrial> Proposer::ask(std::size_t count) {
  std::vector<AskedTrial> trials;
  while (trials.size() < count && !finished()) {
    std::optional<AskedTrial> trial = next_trial();
    if (trial) {
      trials.push_back(std::move(*trial));
    } else {
      ended_early_ = why_it_ends();
    }
  }
  return trials;
}

void Proposer::tell(const Outcome& outcome) {
  const std::uint64_t id = number(outcome.candidate.id);
  NAS_CHECK(id < told_flags_.size(), fmt::format("candidate {} is told but was never asked for", id));
  NAS_CHECK(!told_flags_[id], fmt::format("candidate {} is told twice", id));
  told_flags_[id] = true;
  ++told_;
  if (outcome.failed) ++failed_;
  algorithm_->tell(outcome);
}

bool Proposer::finished() const { return asked() >= config_.evaluations || !ended_early_.empty(); }

std::optional<AskedTrial> Proposer::next_trial() {
  const auto id = static_cast<CandidateId>(asked());
  Rng rng(config_.seed, number(id), Stream::Proposal);
  while (next_start_ < config_.start.size()) {
    if (auto trial = screened(id, {config_.start[next_start_++], {}, "start"})) return trial;
  }
  std::int32_t budget = 0;
  for (std::size_t i = 0; i < kProposalTries; ++i) {
    Proposal proposal = algorithm_->propose(rng);
    budget = proposal.budget;
    if (auto trial = screened(id, std::move(proposal))) return trial;
  }
  for (std::size_t i = 0; i < kSampleTries; ++i) {
    if (auto trial = screened(id, {space_.sample(rng), {}, "sample", budget})) return trial;
  }
  return can_walk() ? walk_on(id, budget) : std::nullopt;
}

std::optional<AskedTrial> Proposer::walk_on(CandidateId id, std::int32_t budget) {
  const std::vector<Gene>& genes = space_.genes();
  const Genotype first{std::vector<std::int32_t>(genes.size(), 0)};
  if (walk_order_.empty()) {
    walk_order_ = gene_order(genes);
    walk_next_ = first;
  }
  for (;;) {
    if (!walk_next_) {
      // A genotype may come again if duplicates are welcome; otherwise what was passed is settled.
      if (!config_.allow_duplicates || !walk_accepted_) return std::nullopt;
      walk_next_ = first;
      walk_accepted_ = false;
    }
    Genotype genotype = *walk_next_;
    walk_next_ = next_genotype(genes, walk_order_, genotype);
    if (auto trial = screened(id, {std::move(genotype), {}, "walk", budget})) {
      walk_accepted_ = true;
      return trial;
    }
  }
}

std::optional<AskedTrial> Proposer::screened(CandidateId id, Proposal proposal) {
  if (proposal.continues) {
    check_continuation(proposal);
    Screening screening = screen_(proposal.genotype);
    return accept(id, std::move(proposal), std::move(screening));
  }
  if (const auto known = refusals_.find(proposal.genotype); known != refusals_.end()) {
    refuse(known->second);
    return std::nullopt;
  }
  Screening screening = screen_(proposal.genotype);
  std::optional<Refusal> refusal;
  if (screening.verdict == Screening::Verdict::OverLimit) refusal = Refusal::OverLimit;
  if (screening.verdict == Screening::Verdict::Invalid) refusal = Refusal::Invalid;
  if (!refusal && !config_.allow_duplicates && !keys_.insert(screening.key).second) refusal = Refusal::Duplicate;
  if (refusal) {
    remember(proposal.genotype, *refusal);
    refuse(*refusal);
    return std::nullopt;
  }
  if (!config_.allow_duplicates) remember(proposal.genotype, Refusal::Duplicate);
  return accept(id, std::move(proposal), std::move(screening));
}

void Proposer::check_continuation(const Proposal& proposal) {
  const Candidate& before = *proposal.continues;
  NAS_CHECK(number(before.id) < told_flags_.size() && told_flags_[number(before.id)],
            fmt::format("candidate {} is continued before it is told", number(before.id)));
  NAS_CHECK(proposal.genotype == before.genotype && proposal.budget > before.budget,
            fmt::format("candidate {} is continued as another, or no further", number(before.id)));
  NAS_CHECK(continued_.insert(before.id).second, fmt::format("candidate {} is continued twice", number(before.id)));
}

AskedTrial Proposer::accept(CandidateId id, Proposal proposal, Screening screening) {
  AskedTrial trial;
  trial.candidate.id = id;
  trial.candidate.genotype = std::move(proposal.genotype);
  trial.candidate.budget = proposal.budget > 0 ? proposal.budget : config_.budget;
  trial.candidate.full_budget = config_.budget;
  NAS_CHECK(trial.candidate.budget <= config_.budget, "a candidate has at most the search's budget");
  // SQLite and JSON readers have signed integers.
  trial.candidate.seed = Rng(config_.seed, number(id), Stream::Training).next() >> 1;
  if (proposal.continues) {
    trial.candidate.seed = proposal.continues->seed;
    trial.candidate.continues = proposal.continues->id;
  }
  trial.candidate.stop_above = std::move(proposal.stop_above);
  trial.candidate.parents = std::move(proposal.parents);
  trial.candidate.origin = std::move(proposal.origin);
  trial.asked_after = told_;
  trial.computed = std::move(screening.computed);
  told_flags_.push_back(false);
  algorithm_->accepted(trial.candidate);
  return trial;
}

void Proposer::refuse(Refusal refusal) {
  if (refusal == Refusal::Duplicate) ++rejected_.duplicate;
  if (refusal == Refusal::OverLimit) ++rejected_.over_limit;
  if (refusal == Refusal::Invalid) ++rejected_.invalid;
}

void Proposer::remember(const Genotype& genotype, Refusal refusal) {
  if (refusals_.size() < kRememberedVerdicts) refusals_.emplace(genotype, refusal);
}

bool Proposer::can_walk() {
  if (!genotypes_) genotypes_ = approximate_genotypes(space_.genes());
  return *genotypes_ <= kWalkableGenotypes;
}

std::string Proposer::why_it_ends() {
  if (!can_walk()) {
    return fmt::format(
        "no new candidate in {} tries (the space has {:.3g} genotypes, but nearly all are refused), "
        "try looser limits or allow_duplicates: true",
        kProposalTries + kSampleTries, *genotypes_);
  }
  if (asked() == 0) {
    return fmt::format(
        "none of the space's {:.0f} genotypes can be evaluated (each is invalid or over a limit), "
        "try looser limits",
        *genotypes_);
  }
  return fmt::format(
      "the space is exhausted: all {} different candidates that meet the limits, of {:.0f} genotypes, "
      "were handed out",
      asked() - continued_.size(), *genotypes_);
}

}  // namespace nas
