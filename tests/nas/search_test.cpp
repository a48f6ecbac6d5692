#include "nas/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <set>

#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using ::testing::AllOf;
using testing::AnswerOrder;
using ::testing::ElementsAre;
using testing::FakeEvaluator;
using testing::FakeOptions;
using testing::GeneSpace;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::plain_genes;

Expression parsed(const std::string& text) { return Expression::parse(text).value(); }

SearchSetup two_objectives() {
  SearchSetup setup;
  setup.objectives = {{Direction::Maximise, parsed("m0")}, {Direction::Minimise, parsed("m1")}};
  return setup;
}

// Keeps the history and checks the order of calls.
class MemoryLog final : public TrialLog {
 public:
  void asked(std::span<const AskedTrial> trials) override {
    history.asked.insert(history.asked.end(), trials.begin(), trials.end());
  }
  void finished(std::span<const FinishedTrial> trials) override {
    history.finished.insert(history.finished.end(), trials.begin(), trials.end());
    ++transactions;
  }

  TrialHistory history;
  std::size_t transactions = 0;
};

class SearchTest : public ::testing::Test {
 protected:
  Proposer proposer(std::uint64_t evaluations, const std::string& algorithm = "nsga2", std::uint64_t seed = 4) {
    return testing::make_proposer(*find_algorithm(algorithm), space_, {.seed = seed, .evaluations = evaluations});
  }

  // A whole run, remembered.
  TrialHistory recorded(FakeOptions options, std::uint64_t evaluations = 200) {
    Proposer fresh = proposer(evaluations);
    FakeEvaluator evaluator(options);
    MemoryLog log;
    run_search(fresh, evaluator, log, two_objectives());
    return log.history;
  }

  const GeneSpace space_{plain_genes(10, 4)};
};

constexpr FakeOptions kBusy{.slots = 7, .failure_share = 0.2, .order = AnswerOrder::Shuffled, .at_once = 3};

TEST(Judge, ComputesValuesAndConstraints) {
  SearchSetup setup = two_objectives();
  setup.trained_limits = {parse_limit("m1 <= 2").value(), parse_limit("m0 >= 3").value()};
  Evaluation evaluation;
  evaluation.metrics = {{"m0", 1}, {"m1", 5}};
  const FinishedTrial trial = judge(setup, evaluation, 9);
  EXPECT_EQ(trial.told_index, 9U);
  EXPECT_EQ(trial.evaluation.failure, std::nullopt);
  EXPECT_THAT(trial.values, ElementsAre(1, 5));
  EXPECT_THAT(trial.constraints, ElementsAre(3, 2));
  const Outcome outcome = outcome_of(setup, {}, trial);
  EXPECT_FALSE(outcome.failed);
  EXPECT_THAT(outcome.objectives, ElementsAre(-1, 5));
  EXPECT_EQ(outcome.violation, 5);
}

TEST(Judge, AMetConstraintDoesNotMakeUpForAnother) {
  SearchSetup setup = two_objectives();
  setup.trained_limits = {parse_limit("m1 <= 2").value(), parse_limit("m0 <= 3").value()};
  Evaluation evaluation;
  evaluation.metrics = {{"m0", -100}, {"m1", 5}};
  EXPECT_EQ(outcome_of(setup, {}, judge(setup, evaluation, 0)).violation, 3);
}

TEST(Judge, AMissingMetricIsAFailureThatNamesIt) {
  Evaluation evaluation;
  evaluation.metrics = {{"m1", 5}, {"m00", 1}};
  const FinishedTrial trial = judge(two_objectives(), evaluation, 0);
  ASSERT_TRUE(trial.evaluation.failure);
  EXPECT_EQ(trial.evaluation.failure->type, FailureType::Protocol);
  EXPECT_THAT(trial.evaluation.failure->message, AllOf(HasSubstr("no metric 'm0'"), HasSubstr("did you mean 'm00'")));
  EXPECT_THAT(trial.values, IsEmpty());
  EXPECT_THAT(trial.evaluation.metrics, IsEmpty());
  EXPECT_TRUE(outcome_of(two_objectives(), {}, trial).failed);
}

TEST(Judge, AValueThatIsNotFiniteDiverged) {
  Evaluation evaluation;
  evaluation.metrics = {{"m0", std::numeric_limits<double>::infinity()}, {"m1", 5}};
  const FinishedTrial trial = judge(two_objectives(), evaluation, 0);
  ASSERT_TRUE(trial.evaluation.failure);
  EXPECT_EQ(trial.evaluation.failure->type, FailureType::Diverged);
}

TEST(Judge, KeepsAFailureAsItIs) {
  Evaluation evaluation;
  evaluation.failure = Failure{FailureType::OutOfMemory, "too big", "log"};
  EXPECT_EQ(judge(two_objectives(), evaluation, 0).evaluation.failure, evaluation.failure);
}

TEST_F(SearchTest, EvaluatesEachCandidateOnce) {
  const TrialHistory history = recorded(kBusy);
  ASSERT_EQ(history.asked.size(), 200U);
  ASSERT_EQ(history.finished.size(), 200U);
  std::set<CandidateId> finished;
  for (std::size_t i = 0; i < history.finished.size(); ++i) {
    EXPECT_EQ(history.finished[i].told_index, i);
    finished.insert(history.finished[i].evaluation.id);
  }
  EXPECT_EQ(finished.size(), 200U);
}

// Logs before it lets anything out; the evaluator's view of what is logged proves it.
class OrderLog final : public TrialLog {
 public:
  explicit OrderLog(const FakeEvaluator& evaluator, const Proposer& proposer)
      : evaluator_(evaluator), proposer_(proposer) {}
  void asked(std::span<const AskedTrial> trials) override {
    EXPECT_EQ(evaluator_.submitted(), asked_) << "submitted before it was logged";
    asked_ += trials.size();
  }
  void finished(std::span<const FinishedTrial> trials) override {
    EXPECT_EQ(proposer_.told(), finished_) << "told before it was logged";
    finished_ += trials.size();
  }

 private:
  const FakeEvaluator& evaluator_;
  const Proposer& proposer_;
  std::size_t asked_ = 0;
  std::size_t finished_ = 0;
};

TEST_F(SearchTest, LogsBeforeItSubmitsOrTells) {
  Proposer fresh = proposer(100);
  FakeEvaluator evaluator(kBusy);
  OrderLog log(evaluator, fresh);
  run_search(fresh, evaluator, log, two_objectives());
  EXPECT_EQ(fresh.told(), 100U);
}

TEST_F(SearchTest, OneTransactionForEachWait) {
  Proposer fresh = proposer(100);
  FakeEvaluator evaluator({.slots = 10, .at_once = 10});
  MemoryLog log;
  run_search(fresh, evaluator, log, two_objectives());
  EXPECT_EQ(log.transactions, 10U);
}

TEST_F(SearchTest, ComputedMetricsJoinTheResult) {
  const Screen counting = [](const Genotype& genotype) {
    return Screening{Screening::Verdict::Accepted, to_string(genotype), {{"macs", 7}, {"m1", 3}}};
  };
  Proposer fresh(space_, testing::make_algorithm(*find_algorithm("random"), space_, 1), counting, {.evaluations = 1});
  SearchSetup setup;
  setup.objectives = {{Direction::Minimise, parsed("macs + m1")}};
  FakeEvaluator evaluator({});
  MemoryLog log;
  run_search(fresh, evaluator, log, setup);
  EXPECT_THAT(log.history.finished.at(0).values, ElementsAre(10));
  EXPECT_EQ(log.history.finished[0].evaluation.metrics.at("macs"), 7);
}

TEST_F(SearchTest, ReportsProgress) {
  Proposer fresh = proposer(60);
  FakeEvaluator evaluator(kBusy);
  MemoryLog log;
  SearchSetup setup = two_objectives();
  std::size_t news = 0;
  SearchProgress last;
  setup.on_progress = [&](const SearchProgress& progress) {
    news += progress.news.size();
    EXPECT_EQ(progress.finished, news);
    EXPECT_EQ(progress.evaluations, 60U);
    last = progress;
  };
  run_search(fresh, evaluator, log, setup);
  EXPECT_EQ(news, 60U);
  EXPECT_EQ(last.running, 0U);
  const auto failed = std::count_if(log.history.finished.begin(), log.history.finished.end(),
                                    [](const FinishedTrial& trial) { return trial.evaluation.failure.has_value(); });
  EXPECT_GT(failed, 0);
  EXPECT_EQ(last.failed, static_cast<std::uint64_t>(failed));
}

TEST_F(SearchTest, AStopWaitsForWhatRuns) {
  Proposer fresh = proposer(100);
  FakeEvaluator evaluator({.slots = 5});
  MemoryLog log;
  SearchSetup setup = two_objectives();
  setup.stop_requested = [&] { return log.history.finished.size() >= 20 ? Stop::Gently : Stop::No; };
  run_search(fresh, evaluator, log, setup);
  EXPECT_EQ(log.history.asked.size(), 24U);  // four were running beside the twentieth
  EXPECT_EQ(log.history.finished.size(), 24U);
}

TEST_F(SearchTest, EndsWhenTheSpaceIsExhausted) {
  const GeneSpace small(plain_genes(2, 3));
  Proposer fresh = testing::make_proposer(*find_algorithm("nsga2"), small, {.evaluations = 100});
  FakeEvaluator evaluator(kBusy);
  MemoryLog log;
  run_search(fresh, evaluator, log, two_objectives());
  EXPECT_EQ(log.history.finished.size(), 9U);
  EXPECT_THAT(fresh.ended_early(), HasSubstr("exhausted"));
}

// No slot until the third wait.
class LateEvaluator final : public Evaluator {
 public:
  std::size_t free_slots() const override { return slots() == 0 ? 0 : fake_.free_slots(); }
  std::size_t slots() const override { return waits_ < 3 ? 0 : fake_.slots(); }
  void submit(Candidate candidate) override { fake_.submit(std::move(candidate)); }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override {
    EXPECT_GT(timeout.count(), 0);
    ++waits_;
    return fake_.wait_some(timeout);
  }

 private:
  FakeEvaluator fake_{{.slots = 2}};
  int waits_ = 0;
};

TEST_F(SearchTest, WaitsForTheFirstWorker) {
  Proposer fresh = proposer(10);
  LateEvaluator evaluator;
  MemoryLog log;
  run_search(fresh, evaluator, log, two_objectives());
  EXPECT_EQ(log.history.finished.size(), 10U);
}

class DoublingEvaluator final : public Evaluator {
 public:
  std::size_t free_slots() const override { return 1; }
  std::size_t slots() const override { return 1; }
  void submit(Candidate candidate) override { last_ = candidate.id; }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds) override {
    Evaluation evaluation;
    evaluation.id = last_;
    evaluation.metrics = {{"m0", 1}, {"m1", 1}};
    return {evaluation, evaluation};
  }

 private:
  CandidateId last_{};
};

TEST_F(SearchTest, ASecondResultForACandidateIsABugAndIsNotLogged) {
  Proposer fresh = proposer(10);
  DoublingEvaluator evaluator;
  MemoryLog log;
  EXPECT_THROW(run_search(fresh, evaluator, log, two_objectives()), std::exception);
  EXPECT_THAT(log.history.finished, IsEmpty());
}

// --- replay

// The run as it stood when `told` results were committed.
TrialHistory cut(const TrialHistory& whole, std::size_t told) {
  TrialHistory history;
  for (const AskedTrial& trial : whole.asked) {
    if (trial.asked_after <= told) history.asked.push_back(trial);
  }
  history.finished.assign(whole.finished.begin(), whole.finished.begin() + static_cast<std::ptrdiff_t>(told));
  return history;
}

TEST_F(SearchTest, ReplayOfAWholeRunLeavesNothing) {
  const TrialHistory history = recorded(kBusy);
  Proposer fresh = proposer(200);
  const auto running = replay(fresh, two_objectives(), history);
  ASSERT_TRUE(running.ok()) << running.error().message;
  EXPECT_THAT(*running, IsEmpty());
  EXPECT_EQ(fresh.told(), 200U);
  EXPECT_TRUE(fresh.finished());
}

TEST_F(SearchTest, GoesOnAfterAStopAtAnyMoment) {
  const TrialHistory whole = recorded(kBusy);
  for (const std::size_t told : {0U, 1U, 50U, 117U, 199U}) {
    const TrialHistory history = cut(whole, told);
    Proposer fresh = proposer(200);
    const auto running = replay(fresh, two_objectives(), history);
    ASSERT_TRUE(running.ok()) << running.error().message;
    EXPECT_EQ(running->size(), history.asked.size() - told);
    MemoryLog log;
    log.history = history;
    FakeEvaluator evaluator({.slots = 3, .failure_share = 0.2});
    run_search(fresh, evaluator, log, two_objectives(), *running);
    EXPECT_EQ(log.history.asked.size(), 200U);
    EXPECT_EQ(log.history.finished.size(), 200U);
    Proposer again = proposer(200);
    EXPECT_TRUE(replay(again, two_objectives(), log.history).ok()) << "stopped after " << told;
  }
}

TEST_F(SearchTest, WhatWasRunningGoesOutFirst) {
  const TrialHistory history = cut(recorded({.slots = 7}), 50);
  Proposer fresh = proposer(200);
  const auto running = replay(fresh, two_objectives(), history);
  ASSERT_TRUE(running.ok());
  ASSERT_GT(running->size(), 2U);
  FakeEvaluator evaluator({});
  MemoryLog log;
  run_search(fresh, evaluator, log, two_objectives(), *running);
  for (std::size_t i = 0; i < running->size(); ++i) {
    EXPECT_EQ(log.history.finished[i].evaluation.id, (*running)[i].candidate.id);
  }
}

TEST_F(SearchTest, ReplaySaysWhereAnotherConfigDiffers) {
  const TrialHistory history = recorded(kBusy);
  Proposer other_seed = proposer(200, "nsga2", 5);
  EXPECT_THAT(replay(other_seed, two_objectives(), history).error().message,
              AllOf(HasSubstr("candidate 0 of the stored run has the genotype"), HasSubstr("replaying it gives")));
  Proposer other_algorithm = proposer(200, "random");
  EXPECT_THAT(replay(other_algorithm, two_objectives(), history).error().message,
              AllOf(HasSubstr("of the stored run has the"), HasSubstr("cannot be continued")));
  Proposer shorter = proposer(150);
  EXPECT_THAT(replay(shorter, two_objectives(), history).error().message,
              HasSubstr("has a candidate 150, replaying it ends before (evaluations: 150)"));
}

TEST_F(SearchTest, ReplayComparesEachField) {
  const TrialHistory history = recorded(kBusy);
  const auto child = std::find_if(history.asked.begin(), history.asked.end(),
                                  [](const AskedTrial& trial) { return !trial.candidate.parents.empty(); });
  ASSERT_NE(child, history.asked.end());
  const auto index = static_cast<std::size_t>(child - history.asked.begin());
  const std::vector<std::pair<std::string, std::function<void(Candidate&)>>> edits = {
      {"genotype", [](Candidate& c) { c.genotype.genes[0] = (c.genotype.genes[0] + 1) % 4; }},
      {"budget", [](Candidate& c) { c.budget += 1; }},
      {"seed", [](Candidate& c) { c.seed += 1; }},
      {"parents", [](Candidate& c) { c.parents.clear(); }},
      {"earlier training", [](Candidate& c) { c.continues = CandidateId{0}; }},
      {"bounds that stop it", [](Candidate& c) { c.stop_above = {0.5}; }},
  };
  for (const auto& [what, edit] : edits) {
    TrialHistory edited = history;
    edit(edited.asked[index].candidate);
    Proposer fresh = proposer(200);
    EXPECT_THAT(replay(fresh, two_objectives(), edited).error().message,
                HasSubstr("candidate " + std::to_string(index) + " of the stored run has the " + what));
  }
}

TEST_F(SearchTest, ReplayFindsADamagedHistory) {
  const TrialHistory history = recorded(kBusy);
  const std::vector<std::function<void(TrialHistory&)>> damages = {
      [](TrialHistory& h) { h.finished.resize(100); },                          // later ones were asked after more
      [](TrialHistory& h) { h.finished[1] = h.finished[0]; },                   // one result twice
      [](TrialHistory& h) { h.finished[0].evaluation.id = CandidateId{150}; },  // a result before its candidate
      [](TrialHistory& h) {
        for (FinishedTrial& trial : h.finished) trial.values.assign(trial.values.size() / 2, 0.0);
      },
  };
  for (std::size_t i = 0; i < damages.size(); ++i) {
    TrialHistory damaged = history;
    damages[i](damaged);
    Proposer fresh = proposer(200);
    const auto running = replay(fresh, two_objectives(), damaged);
    ASSERT_FALSE(running.ok()) << "damage " << i;
    EXPECT_THAT(running.error().message, HasSubstr("contradicts itself")) << "damage " << i;
  }
}

}  // namespace
}  // namespace nas
