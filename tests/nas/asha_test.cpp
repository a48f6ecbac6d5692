// Successive halving: which candidate goes on, against the paper's figure and brute force.
#include "nas/algorithms/asha.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <tuple>

#include "nas/algorithms/rung.h"
#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using testing::drive;
using ::testing::ElementsAre;
using testing::first_of;
using testing::GeneSpace;
using testing::hash_judge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::kBudget;
using testing::plain_genes;

const nlohmann::json kDefaults = nlohmann::json::object();
/// The options with samples of the space as proposals, so that nothing but the ladder takes time.
nlohmann::json over_random(nlohmann::json options = nlohmann::json::object()) {
  options["proposals"] = "random";
  return options;
}

std::unique_ptr<SearchAlgorithm> make_asha(const SearchProblem& problem, const nlohmann::json& options) {
  const auto config = find_algorithm("asha")->make_config();
  const auto set = options_from_json(config->options(), options);
  NAS_CHECK(set.ok(), set.ok() ? "" : set.error().message);
  auto made = config->make(problem);
  NAS_CHECK(made.ok(), made.ok() ? "" : made.error().message);
  return std::move(*made);
}

std::string error_of(SearchProblem problem, std::int32_t budget, const nlohmann::json& options) {
  const auto config = find_algorithm("asha")->make_config();
  problem.budget = budget;
  const auto set = options_from_json(config->options(), options);
  if (!set.ok()) return set.error().message;
  const auto made = config->make(problem);
  return made.ok() ? "" : made.error().message;
}

TEST(RungEpochs, CountFromTheTop) {
  EXPECT_THAT(rung_epochs(9, 1, 3), ElementsAre(1, 3, 9));
  EXPECT_THAT(rung_epochs(9, 2, 3), ElementsAre(3, 9));
  EXPECT_THAT(rung_epochs(81, 3, 3), ElementsAre(3, 9, 27, 81));
  EXPECT_THAT(rung_epochs(20, 1, 3), ElementsAre(1, 2, 7, 20)) << "20/27 is .74, which rounds to 1";
  EXPECT_THAT(rung_epochs(100, 5, 4), ElementsAre(6, 25, 100));
  EXPECT_THAT(rung_epochs(3, 1, 2), ElementsAre(1, 2, 3));
  EXPECT_THAT(rung_epochs(1, 1, 3), ElementsAre(1));
}

TEST(Asha, SaysWhatDoesNotSuitIt) {
  const GeneSpace space(plain_genes(3, 3));
  const SearchProblem one = testing::problem_of(space, 1);
  EXPECT_THAT(error_of(one, 1, kDefaults), HasSubstr("asha has nothing to halve: a full training has 1 epoch,"));
  EXPECT_THAT(error_of(one, 9, {{"min_epochs", 4}}), HasSubstr("9 epochs, the next shorter one has at least 4"));
  EXPECT_THAT(error_of(one, 9, {{"min_epochs", 10}}), HasSubstr("nothing to halve"));
  EXPECT_EQ(error_of(one, 9, {{"min_epochs", 3}}), "");
  EXPECT_THAT(error_of(one, 9, {{"proposals", "asha"}}), HasSubstr("proposals"));
  EXPECT_THAT(error_of(one, 9, {{"proposals", "surogate"}}), HasSubstr("surrogate"));
  EXPECT_THAT(error_of(testing::problem_of(space, 2), 9, {{"proposals", "aging_evolution"}}),
              HasSubstr("asha: proposals: aging_evolution takes one objective, not 2"));
  EXPECT_THAT(error_of(testing::problem_of(space, 0), 9, kDefaults), HasSubstr("asha needs an objective"));
}

// Figures 1 and 2 of the paper: eta = 3, nine configurations, 1 to 9 epochs, one worker. A letter is
// a candidate, a quote a promotion. Their values are the same at every rung.
// B is the best of the first three; E and G are the best of all when they come, and so go on at
// once, though the ladder would have fewer trained for 3 epochs had it waited; G is the best of the
// three on the second rung and goes to the top.
TEST(Asha, PromotesAsInThePaper) {
  const GeneSpace space(plain_genes(1, 9));
  const std::map<char, double> values = {{'A', .5}, {'B', .3}, {'C', .7}, {'D', .9}, {'E', .2},
                                         {'F', .6}, {'G', .1}, {'H', .8}, {'I', .05}};
  SearchProblem problem = testing::problem_of(space, 1);
  problem.allow_duplicates = true;  // so that letters may be given in order
  const auto asha = make_asha(problem, over_random({{"min_epochs", 1}}));
  std::map<CandidateId, char> letters;
  std::string order;
  char next = 'A';
  while (next <= 'I') {
    Rng rng(1, 1, Stream::Test);
    const Proposal proposal = asha->propose(rng);
    Candidate candidate;
    candidate.id = CandidateId{letters.size()};
    candidate.genotype = proposal.genotype;
    candidate.budget = proposal.budget;
    if (proposal.continues) candidate.continues = proposal.continues->id;
    const char letter = proposal.continues ? letters.at(proposal.continues->id) : next++;
    letters[candidate.id] = letter;
    order += letter;
    if (candidate.budget == 3) order += '\'';
    if (candidate.budget == 9) order += '"';
    asha->accepted(candidate);
    asha->tell({candidate, false, {values.at(letter)}, 0});
  }
  EXPECT_EQ(order, "ABCB'DEE'FGG'G\"HI");
}

/// The paper's algorithm 2 in the plainest way: everything is sorted anew.
class PlainLadder {
 public:
  PlainLadder(std::vector<std::int32_t> epochs, std::size_t eta) : epochs_(std::move(epochs)), eta_(eta) {}

  void tell(const Outcome& outcome) { results_[outcome.candidate.budget].push_back(outcome); }
  void promoted(CandidateId id) { promoted_.insert(id); }

  std::optional<CandidateId> next() const {
    for (std::size_t i = epochs_.size() - 1; i-- > 0;) {
      const auto found = results_.find(epochs_[i]);
      if (found == results_.end()) continue;
      const std::vector<CandidateId> order = best_first(found->second);
      const std::size_t best = found->second.size() / eta_;
      for (std::size_t j = 0; j < std::min(best, order.size()); ++j) {
        if (!promoted_.contains(order[j])) return order[j];
      }
    }
    return std::nullopt;
  }

 private:
  static std::vector<CandidateId> best_first(const std::vector<Outcome>& results) {
    std::vector<const Outcome*> left;
    for (const Outcome& outcome : results) {
      if (!outcome.failed && !outcome.stopped) left.push_back(&outcome);
    }
    std::vector<CandidateId> order;
    while (!left.empty()) {  // one front after the other
      std::vector<const Outcome*> front;
      for (const Outcome* a : left) {
        const auto beats = [&](const Outcome* b) { return dominates(point_of(*b), point_of(*a)); };
        if (std::ranges::none_of(left, beats)) front.push_back(a);
      }
      for (const CandidateId id : spread_first(front)) order.push_back(id);
      std::erase_if(left, [&](const Outcome* a) { return std::ranges::find(front, a) != front.end(); });
    }
    return order;
  }

  static ParetoPoint point_of(const Outcome& outcome) { return {outcome.objectives, outcome.violation}; }

  static std::vector<CandidateId> spread_first(const std::vector<const Outcome*>& front) {
    std::vector<ParetoPoint> points;
    std::vector<std::size_t> members;
    for (const Outcome* outcome : front) {
      members.push_back(points.size());
      points.push_back(point_of(*outcome));
    }
    const bool one = points.front().objectives.size() == 1;  // of equals the earlier
    const std::vector<double> distances =
        one ? std::vector<double>(points.size(), 0.0) : crowding_distances(points, members);
    std::vector<std::tuple<double, CandidateId>> keys;
    for (std::size_t i = 0; i < front.size(); ++i) keys.emplace_back(-distances[i], front[i]->candidate.id);
    std::ranges::sort(keys);
    std::vector<CandidateId> ids;
    for (const auto& [distance, id] : keys) ids.push_back(id);
    return ids;
  }

  std::vector<std::int32_t> epochs_;
  std::size_t eta_;
  std::map<std::int32_t, std::vector<Outcome>> results_;
  std::set<CandidateId> promoted_;
};

/// A result that depends on the candidate and its epochs; some fail, are stopped or violate a limit.
/// Coarse values, so that there are equals.
Outcome random_outcome(const Candidate& candidate, std::size_t objectives, Rng& rng) {
  Outcome outcome{.candidate = candidate, .failed = rng.uniform() < 0.1, .objectives = {}};
  if (outcome.failed) return outcome;
  for (std::size_t k = 0; k < objectives; ++k) {
    outcome.objectives.push_back(static_cast<double>(rng.index(objectives == 1 ? 50 : 1'000'000)));
  }
  outcome.violation = rng.uniform() < 0.2 ? static_cast<double>(1 + rng.index(3)) : 0;
  outcome.stopped = rng.uniform() < 0.1;
  return outcome;
}

void expect_as_plain(std::size_t objectives, std::uint64_t seed, std::size_t pending, std::size_t results) {
  const GeneSpace space(plain_genes(12, 4));
  SearchProblem problem = testing::problem_of(space, objectives);
  problem.budget = 27;
  const auto asha = make_asha(problem, over_random({{"min_epochs", 1}, {"stop", false}}));
  PlainLadder plain({1, 3, 9, 27}, 3);
  Rng rng(seed, 0, Stream::Test);
  std::vector<Candidate> out;
  for (std::uint64_t id = 0; id < results; ++id) {
    const Proposal proposal = asha->propose(rng);
    const auto expected = plain.next();
    ASSERT_EQ(proposal.continues.has_value(), expected.has_value()) << id;
    Candidate& candidate = out.emplace_back();
    candidate.id = CandidateId{id};
    candidate.genotype = proposal.genotype;
    candidate.budget = proposal.budget;
    if (expected) {
      ASSERT_EQ(proposal.continues->id, *expected) << id;
      ASSERT_THAT(proposal.parents, ElementsAre(*expected));
      ASSERT_EQ(proposal.continues->budget * 3, proposal.budget);
      candidate.continues = expected;
      plain.promoted(*expected);
    }
    asha->accepted(candidate);
    if (out.size() < pending) continue;
    const auto chosen = out.begin() + static_cast<std::ptrdiff_t>(rng.index(out.size()));
    const Outcome outcome = random_outcome(*chosen, objectives, rng);
    out.erase(chosen);
    asha->tell(outcome);
    plain.tell(outcome);
  }
}

TEST(Asha, PromotesAsBruteForceDoes) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const std::size_t pending : {1U, 5U, 40U}) expect_as_plain(1, seed, pending, 150);
  }
}

TEST(Asha, PromotesAsBruteForceDoesWithSeveralObjectives) {
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    for (const std::size_t objectives : {2U, 4U}) expect_as_plain(objectives, seed, 1 + seed, Rung::kWindow);
  }
}

TEST(Asha, IsAFunctionOfTheTellsInTheirOrder) {
  const GeneSpace space(plain_genes(12, 4));
  const auto run = [&](std::uint64_t shuffle) {
    Proposer proposer(space, make_asha(testing::problem_of(space, 1), over_random()), testing::accept_genotype,
                      {.seed = 3, .evaluations = 150, .budget = kBudget});
    Rng rng(shuffle, 0, Stream::Test);
    return drive(proposer, hash_judge(1, 7), 9, [&](std::size_t count) { return rng.index(count); });
  };
  EXPECT_EQ(run(1), run(1));
  EXPECT_NE(run(1), run(2));
}

// The other algorithm is given the same random numbers, alone and under asha, which shows it only
// the results of the lowest rung: it must propose the same.
TEST(Asha, TheOtherAlgorithmSeesItsOwnCandidatesAlone) {
  const GeneSpace space(plain_genes(8, 4));
  const SearchProblem problem = testing::problem_of(space, 1);
  const Options options = find_algorithm("asha")->make_config()->options();
  const auto row = std::ranges::find(options, "proposals", &Option::name);
  ASSERT_GE(row->choices.size(), 5U);
  for (const std::string& name : row->choices) {
    const auto alone = testing::make_algorithm(*find_algorithm(name), space, 1);
    const auto asha = make_asha(problem, {{"proposals", name}, {"min_epochs", 1}});
    std::uint64_t fresh = 0;
    std::uint64_t promotions = 0;
    while (fresh < 45) {
      Rng first(7, fresh, Stream::Test);
      const Proposal proposal = asha->propose(first);
      Candidate candidate;
      candidate.id = CandidateId{fresh + promotions};
      candidate.genotype = proposal.genotype;
      candidate.budget = proposal.budget;
      if (proposal.continues) candidate.continues = proposal.continues->id;
      asha->accepted(candidate);
      asha->tell(hash_judge(1)(candidate));
      if (proposal.continues) {
        ++promotions;
        continue;
      }
      Rng second(7, fresh, Stream::Test);
      ASSERT_EQ(alone->propose(second).genotype, proposal.genotype) << name << " " << fresh;
      ASSERT_EQ(proposal.budget, 1);
      candidate.id = CandidateId{fresh++};
      alone->accepted(candidate);
      alone->tell(hash_judge(1)(candidate));
    }
    EXPECT_GT(promotions, 10U) << name;
  }
}

TEST(Asha, TrainsEverythingInFullWhereTheSpaceIsSmall) {
  const GeneSpace space(plain_genes(2, 3));
  Proposer proposer(space, make_asha(testing::problem_of(space, 1), over_random({{"min_epochs", 1}})),
                    testing::accept_genotype, {.seed = 1, .evaluations = 1000, .budget = kBudget});
  std::size_t in_full = 0;
  const auto all = drive(proposer, hash_judge(1), 1, first_of);
  for (const AskedTrial& trial : all) in_full += trial.candidate.budget == kBudget ? 1 : 0;
  EXPECT_EQ(in_full, 9U);
  EXPECT_EQ(all.size(), 27U);
  EXPECT_THAT(proposer.ended_early(), HasSubstr("the space is exhausted: all 9 different candidates"));
}

TEST(Asha, StartsAreTrainedInFull) {
  const GeneSpace space(plain_genes(6, 3));
  Proposer proposer(space, make_asha(testing::problem_of(space, 1), over_random()), testing::accept_genotype,
                    {.seed = 1, .evaluations = 40, .budget = kBudget, .start = {Genotype{{0, 1, 2, 0, 1, 2}}}});
  const auto all = drive(proposer, hash_judge(1), 2, first_of);
  EXPECT_EQ(all.front().candidate.budget, kBudget);
  EXPECT_EQ(all.at(1).candidate.budget, 1);
  EXPECT_EQ(all.size(), 40U);
}

TEST(Asha, WhatTheScreenRefusesIsSampledForAFewEpochsToo) {
  const GeneSpace space(plain_genes(6, 4));
  const auto narrow = [](const Genotype& genotype) {
    Screening screening = testing::accept_genotype(genotype);
    if (genotype.genes[0] + genotype.genes[1] + genotype.genes[2] + genotype.genes[3] + genotype.genes[4] > 0) {
      screening.verdict = Screening::Verdict::OverLimit;  // 4 of 4096 are left
    }
    return screening;
  };
  Proposer proposer(space, make_asha(testing::problem_of(space, 1), over_random()), narrow,
                    {.seed = 1, .evaluations = 100, .budget = kBudget});
  for (const AskedTrial& trial : drive(proposer, hash_judge(1), 1, first_of)) {
    EXPECT_EQ(trial.candidate.continues.has_value(), trial.candidate.budget > 1);
  }
}

/// A curve that falls from `first` by `step` an epoch.
std::vector<double> falling(double first, double step) {
  std::vector<double> curve;
  for (int epoch = 0; epoch < kBudget; ++epoch) curve.push_back(first - step * epoch);
  return curve;
}

/// Drives asha by hand: every candidate has the curve falling(id, 0.01).
TEST(Asha, BoundsAreOfTheCurvesThatCameThere) {
  const GeneSpace space(plain_genes(12, 4));
  const auto asha =
      make_asha(testing::problem_of(space, 1), over_random({{"min_epochs", 1}, {"eta", 9}}));  // rungs 1 and 9
  std::map<CandidateId, CandidateId> origins;
  std::vector<std::vector<double>> seen;
  for (std::uint64_t id = 0; id < 120; ++id) {
    Rng rng(id, 0, Stream::Test);
    const Proposal proposal = asha->propose(rng);
    Candidate candidate;
    candidate.id = CandidateId{id};
    candidate.genotype = proposal.genotype;
    candidate.budget = proposal.budget;
    if (proposal.continues) candidate.continues = proposal.continues->id;
    asha->accepted(candidate);
    const double level = 1000 - static_cast<double>(id);  // the newest is the best, so that one in 9 goes on at once
    std::vector<double> curve = falling(level, 1);
    curve.resize(static_cast<std::size_t>(candidate.budget));
    if (proposal.continues) {
      if (seen.size() < 5) {
        EXPECT_THAT(proposal.stop_above, IsEmpty());
      } else {
        ASSERT_EQ(proposal.stop_above.size(), 8U) << "no bound at the last epoch";
        EXPECT_GT(proposal.stop_above[0], 1e300) << "the first epoch was trained before";
        for (std::size_t epoch = 1; epoch < 8; ++epoch) {
          std::vector<double> values;
          for (const auto& other : seen) values.push_back(other[epoch]);
          std::ranges::sort(values);
          EXPECT_EQ(proposal.stop_above[epoch], values[values.size() * 2 / 3]);
        }
      }
      seen.push_back(curve);
    } else {
      EXPECT_THAT(proposal.stop_above, IsEmpty());
    }
    const double last = curve.back();
    asha->tell({candidate, false, {last}, 0, false, std::move(curve)});
  }
  EXPECT_GT(seen.size(), 8U);
}

}  // namespace
}  // namespace nas
