#include "nas/proposer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "nas/algorithms/random.h"
#include "nas/testing/gene_space.h"

namespace nas {
namespace {

using testing::GeneSpace;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::nested_genes;
using testing::plain_genes;

Screening accept_all(const Genotype& genotype) { return {Screening::Verdict::Accepted, to_string(genotype), {}}; }

std::int32_t sum_of(const Genotype& genotype) {
  std::int32_t sum = 0;
  for (const std::int32_t gene : genotype.genes) sum += gene;
  return sum;
}

Proposer random_proposer(const SearchSpace& space, Screen screen, ProposerConfig config) {
  return Proposer(space, RandomSearchConfig().make({space, {}, screen}).value(), std::move(screen), config);
}

Outcome outcome_for(const Candidate& candidate) { return {candidate, false, {0.0}, 0}; }

// Never proposes anything but the first genotype.
class Stubborn final : public SearchAlgorithm {
 public:
  explicit Stubborn(std::size_t genes) : genotype_{std::vector<std::int32_t>(genes, 0)} {}
  Proposal propose(Rng& rng) const override {
    static_cast<void>(rng.next());
    return {genotype_, {}, "sample"};
  }
  void tell(const Outcome&) override {}

 private:
  Genotype genotype_;
};

TEST(Proposer, NumbersSeedsAndBudgets) {
  const GeneSpace space(plain_genes(6, 5));
  Proposer proposer = random_proposer(space, accept_all, {.seed = 3, .evaluations = 50, .budget = 7});
  const std::vector<AskedTrial> trials = proposer.ask(80);
  ASSERT_EQ(trials.size(), 50U);
  EXPECT_TRUE(proposer.finished());
  EXPECT_THAT(proposer.ended_early(), IsEmpty());
  EXPECT_THAT(proposer.ask(1), IsEmpty());
  std::set<std::uint64_t> seeds;
  std::set<Genotype> genotypes;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    const Candidate& candidate = trials[i].candidate;
    EXPECT_EQ(number(candidate.id), i);
    EXPECT_EQ(candidate.budget, 7);
    EXPECT_LT(candidate.seed, std::uint64_t{1} << 63);
    EXPECT_EQ(candidate.seed, Rng(3, i, Stream::Training).next() >> 1);
    seeds.insert(candidate.seed);
    genotypes.insert(candidate.genotype);
  }
  EXPECT_EQ(seeds.size(), 50U);
  EXPECT_EQ(genotypes.size(), 50U);
}

TEST(Proposer, RecordsHowManyWereToldBefore) {
  const GeneSpace space(plain_genes(6, 5));
  Proposer proposer = random_proposer(space, accept_all, {.evaluations = 10});
  const auto first = proposer.ask(3);
  proposer.tell(outcome_for(first[1].candidate));
  proposer.tell({first[0].candidate, true, {}, 0});
  const auto second = proposer.ask(1);
  EXPECT_EQ(first[2].asked_after, 0U);
  EXPECT_EQ(second[0].asked_after, 2U);
  EXPECT_EQ(proposer.told(), 2U);
  EXPECT_EQ(proposer.failed(), 1U);
  EXPECT_EQ(proposer.asked(), 4U);
}

TEST(Proposer, TellingTwiceOrUnaskedIsABug) {
  const GeneSpace space(plain_genes(6, 5));
  Proposer proposer = random_proposer(space, accept_all, {.evaluations = 10});
  const auto trials = proposer.ask(1);
  proposer.tell(outcome_for(trials[0].candidate));
  EXPECT_THROW(proposer.tell(outcome_for(trials[0].candidate)), std::exception);
  Candidate unknown = trials[0].candidate;
  unknown.id = CandidateId{5};
  EXPECT_THROW(proposer.tell(outcome_for(unknown)), std::exception);
}

TEST(Proposer, ExhaustsASmallSpaceExactly) {
  const GeneSpace space(nested_genes());
  Proposer proposer = random_proposer(space, accept_all, {.evaluations = 1000});
  const auto trials = proposer.ask(1000);
  EXPECT_EQ(trials.size(), 28U);
  EXPECT_TRUE(proposer.finished());
  EXPECT_THAT(proposer.ended_early(), HasSubstr("the space is exhausted: all 28 different candidates"));
}

TEST(Proposer, WalksToWhatAnAlgorithmAndSamplesNeverFind) {
  // One option in 10^6 is sampled too rarely to be met in 10,000 tries.
  std::vector<Gene> genes = plain_genes(2, 3);
  genes[0].weights = {1, 1, 1e-12};
  const GeneSpace space(genes);
  Proposer proposer(space, std::make_unique<Stubborn>(2), accept_all, {.evaluations = 100});
  const auto trials = proposer.ask(100);
  ASSERT_EQ(trials.size(), 9U);
  EXPECT_EQ(trials[0].candidate.origin, "sample");
  EXPECT_EQ(trials[6].candidate.origin, "walk");
  EXPECT_EQ(trials[6].candidate.genotype, (Genotype{{2, 0}}));
  EXPECT_EQ(trials[8].candidate.genotype, (Genotype{{2, 2}}));
}

TEST(Proposer, EqualKeysAreTheSameCandidate) {
  const GeneSpace space(plain_genes(4, 3));
  const Screen by_sum = [](const Genotype& genotype) {
    return Screening{Screening::Verdict::Accepted, std::to_string(sum_of(genotype)), {}};
  };
  Proposer proposer = random_proposer(space, by_sum, {.evaluations = 100});
  EXPECT_EQ(proposer.ask(100).size(), 9U);  // sums 0 to 8
  EXPECT_GT(proposer.rejected().duplicate, 0U);
  EXPECT_EQ(proposer.rejected().over_limit + proposer.rejected().invalid, 0U);
}

TEST(Proposer, KeepsToTheLimits) {
  const GeneSpace space(plain_genes(4, 3));
  const Screen limited = [](const Genotype& genotype) {
    Screening screening = accept_all(genotype);
    screening.computed["sum"] = sum_of(genotype);
    if (sum_of(genotype) > 2) screening.verdict = Screening::Verdict::OverLimit;
    if (genotype.genes[0] == 2) screening.verdict = Screening::Verdict::Invalid;
    return screening;
  };
  Proposer proposer = random_proposer(space, limited, {.evaluations = 100});
  const auto trials = proposer.ask(100);
  // Of sums 0, 1 and 2 there are 1, 4 and 10; one of the ten has a 2 in front.
  EXPECT_EQ(trials.size(), 14U);
  for (const AskedTrial& trial : trials) {
    EXPECT_LE(sum_of(trial.candidate.genotype), 2);
    EXPECT_NE(trial.candidate.genotype.genes[0], 2);
    EXPECT_EQ(trial.computed.at("sum"), sum_of(trial.candidate.genotype));
  }
  EXPECT_GT(proposer.rejected().over_limit, 0U);
  EXPECT_GT(proposer.rejected().invalid, 0U);
  EXPECT_THAT(proposer.ended_early(), HasSubstr("all 14 different candidates that meet the limits, of 81 genotypes"));
}

TEST(Proposer, SaysThatNothingCanBeEvaluated) {
  const Screen nothing = [](const Genotype&) { return Screening{Screening::Verdict::Invalid, "", {}}; };
  const GeneSpace small(plain_genes(4, 3));
  Proposer walked = random_proposer(small, nothing, {.evaluations = 5});
  EXPECT_THAT(walked.ask(5), IsEmpty());
  EXPECT_THAT(walked.ended_early(), HasSubstr("none of the space's 81 genotypes can be evaluated"));
  const GeneSpace large(plain_genes(40, 5));
  Proposer sampled = random_proposer(large, nothing, {.evaluations = 5});
  EXPECT_THAT(sampled.ask(5), IsEmpty());
  EXPECT_THAT(sampled.ended_early(), HasSubstr("no new candidate in 10200 tries"));
  EXPECT_EQ(sampled.rejected().invalid, 10200U);
}

TEST(Proposer, DuplicatesAreWelcomeOnRequest) {
  const GeneSpace space(plain_genes(1, 3));
  Proposer proposer = random_proposer(space, accept_all, {.evaluations = 500, .allow_duplicates = true});
  EXPECT_EQ(proposer.ask(500).size(), 500U);
  EXPECT_EQ(proposer.rejected(), RejectionCounts{});
}

TEST(Proposer, WithDuplicatesTheWalkBeginsAgain) {
  std::vector<Gene> genes = plain_genes(1, 3);
  genes[0].weights = {1, 1, 1e-12};
  const GeneSpace space(genes);
  const Screen only_the_rare = [](const Genotype& genotype) {
    Screening screening = accept_all(genotype);
    if (genotype.genes[0] != 2) screening.verdict = Screening::Verdict::OverLimit;
    return screening;
  };
  Proposer proposer = random_proposer(space, only_the_rare, {.evaluations = 4, .allow_duplicates = true});
  EXPECT_EQ(proposer.ask(4).size(), 4U);
}

TEST(Proposer, DecodesAGenotypeOnceOnly) {
  const GeneSpace space(plain_genes(4, 3));
  std::multiset<Genotype> screened;
  const Screen counting = [&](const Genotype& genotype) {
    screened.insert(genotype);
    Screening screening = accept_all(genotype);
    if (sum_of(genotype) > 4) screening.verdict = Screening::Verdict::OverLimit;
    return screening;
  };
  Proposer proposer = random_proposer(space, counting, {.evaluations = 1000});
  static_cast<void>(proposer.ask(1000));
  EXPECT_EQ(screened.size(), 81U);
}

TEST(Proposer, ARefusedProposalIsFollowedByAnother) {
  // A stream that began anew for each attempt would propose the same for ever and fall back to the walk.
  const GeneSpace space(plain_genes(20, 4));
  int calls = 0;
  const Screen every_third = [&](const Genotype& genotype) {
    Screening screening = accept_all(genotype);
    if (++calls % 3 != 0) screening.verdict = Screening::Verdict::OverLimit;
    return screening;
  };
  Proposer proposer = random_proposer(space, every_third, {.evaluations = 20});
  EXPECT_EQ(proposer.ask(20).size(), 20U);
  EXPECT_EQ(proposer.rejected().over_limit, 40U);
}

// Trains for one epoch, and each candidate that was told for all.
class Continuing final : public SearchAlgorithm {
 public:
  explicit Continuing(const SearchSpace& space) : space_(space) {}
  Proposal propose(Rng& rng) const override {
    if (!told_) return {space_.sample(rng), {}, "sample", 1};
    return {told_->genotype, {}, "promotion", 9, told_, {0.5, 0.25}};
  }
  void accepted(const Candidate& candidate) override {
    if (candidate.continues) told_.reset();
  }
  void tell(const Outcome& outcome) override {
    if (!outcome.candidate.continues) told_ = outcome.candidate;
  }

 private:
  const SearchSpace& space_;
  std::optional<Candidate> told_;
};

TEST(Proposer, AContinuationIsTheSameTrainingWithMoreEpochs) {
  const GeneSpace space(plain_genes(4, 3));
  Proposer proposer(space, std::make_unique<Continuing>(space), accept_all, {.evaluations = 3, .budget = 9});
  const Candidate first = proposer.ask(1).front().candidate;
  EXPECT_EQ(first.budget, 1);
  EXPECT_EQ(first.full_budget, 9);
  EXPECT_FALSE(first.continues);
  proposer.tell(outcome_for(first));
  const Candidate second = proposer.ask(1).front().candidate;
  EXPECT_EQ(second.genotype, first.genotype);
  EXPECT_EQ(second.seed, first.seed);
  EXPECT_EQ(second.continues, first.id);
  EXPECT_EQ(second.budget, 9);
  EXPECT_EQ(second.stop_above, (std::vector{0.5, 0.25}));
  EXPECT_NE(proposer.ask(1).front().candidate.seed, first.seed);
  EXPECT_EQ(proposer.rejected(), RejectionCounts{});
}

TEST(Proposer, StartsComeFirstAndRefusedOnesAreLeftOut) {
  const GeneSpace space(plain_genes(3, 4));
  const Screen screen = [](const Genotype& genotype) -> Screening {
    const bool over = sum_of(genotype) > 6;
    return {over ? Screening::Verdict::OverLimit : Screening::Verdict::Accepted, to_string(genotype), {}};
  };
  ProposerConfig config{.evaluations = 5};
  config.start = {Genotype{{1, 2, 3}}, Genotype{{3, 3, 3}}, Genotype{{1, 2, 3}}, Genotype{{0, 0, 0}}};
  const auto trials = random_proposer(space, screen, config).ask(5);
  ASSERT_EQ(trials.size(), 5U);
  EXPECT_EQ(trials[0].candidate.genotype, config.start[0]);
  EXPECT_EQ(trials[0].candidate.origin, "start");
  EXPECT_EQ(trials[1].candidate.genotype, config.start[3]);
  EXPECT_EQ(trials[2].candidate.origin, "sample");
}

}  // namespace
}  // namespace nas
