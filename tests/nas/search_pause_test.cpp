// What the search does while its log is away, and when it is told to stop.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "nas/search.h"
#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::FakeEvaluator;
using testing::GeneSpace;
using testing::plain_genes;

/// Refuses the calls with these numbers, counted from 0.
class FailingLog final : public TrialLog {
 public:
  explicit FailingLog(std::function<bool(int)> refuses) : refuses_(std::move(refuses)) {}
  void asked(std::span<const AskedTrial> trials) override {
    refuse();
    history.asked.insert(history.asked.end(), trials.begin(), trials.end());
  }
  void finished(std::span<const FinishedTrial> trials) override {
    refuse();
    history.finished.insert(history.finished.end(), trials.begin(), trials.end());
  }
  TrialHistory history;

 private:
  void refuse() {
    if (refuses_(calls_++)) throw LogUnavailable("no space left on the device");
  }
  std::function<bool(int)> refuses_;
  int calls_ = 0;
};

SearchSetup one_objective() {
  SearchSetup setup;
  setup.objectives = {{Direction::Maximise, Expression::parse("m0").value()}};
  return setup;
}

class SearchPause : public ::testing::Test {
 protected:
  Proposer proposer() { return testing::make_proposer(*find_algorithm("random"), space_, {.evaluations = 30}); }
  const GeneSpace space_{plain_genes(10, 4)};
};

TEST_F(SearchPause, NothingIsLostOrDoneTwiceWhileTheLogIsAway) {
  std::vector<std::string> told;
  SearchSetup setup = one_objective();
  setup.on_log_pause = [&](const std::string& reason) { told.push_back(reason); };
  FailingLog log([](int call) { return call == 0 || call == 9; });
  Proposer fresh = proposer();
  FakeEvaluator evaluator({.slots = 4});
  run_search(fresh, evaluator, log, setup);

  FailingLog good([](int) { return false; });
  Proposer undisturbed = proposer();
  FakeEvaluator same({.slots = 4});
  run_search(undisturbed, same, good, one_objective());
  ASSERT_EQ(log.history.asked.size(), 30U);
  ASSERT_EQ(log.history.finished.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) {
    EXPECT_EQ(log.history.asked[i].candidate, good.history.asked[i].candidate);
    EXPECT_EQ(log.history.finished[i].told_index, i);
  }
  EXPECT_THAT(told, ElementsAre(HasSubstr("no space"), "", HasSubstr("no space"), ""));
}

TEST_F(SearchPause, PatienceEnds) {
  SearchSetup setup = one_objective();
  setup.log_patience = std::chrono::seconds(0);
  FailingLog log([](int call) { return call >= 5; });
  Proposer fresh = proposer();
  FakeEvaluator evaluator({.slots = 4});
  EXPECT_THROW(run_search(fresh, evaluator, log, setup), LogUnavailable);
}

TEST_F(SearchPause, MemoryForResultsIsBounded) {
  SearchSetup setup = one_objective();
  setup.kept_results = 2;
  FailingLog log([](int call) { return call >= 1; });
  Proposer fresh = proposer();
  FakeEvaluator evaluator({.slots = 4});
  EXPECT_THROW(run_search(fresh, evaluator, log, setup), LogUnavailable);
}

/// One runs, the others wait; nothing ever finishes.
class StuckEvaluator final : public Evaluator {
 public:
  std::size_t free_slots() const override { return withdrawing_ ? 0 : 3 - held_.size(); }
  std::size_t slots() const override { return 1; }
  void submit(Candidate candidate) override { held_.push_back(candidate.id); }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds) override { return {}; }
  void withdraw_waiting() override {
    withdrawing_ = true;
    for (; held_.size() > 1; held_.pop_back()) withdrawn_.push_back(held_.back());
  }
  void withdraw(CandidateId id) override {
    EXPECT_THAT(held_, ElementsAre(id));
    held_.clear();
    withdrawn_.push_back(id);
  }
  std::vector<CandidateId> take_withdrawn() override { return std::exchange(withdrawn_, {}); }

 private:
  std::deque<CandidateId> held_;
  std::vector<CandidateId> withdrawn_;
  bool withdrawing_ = false;
};

TEST_F(SearchPause, AStopCallsBackWhatWaitsAndThenWhatRuns) {
  SearchSetup setup = one_objective();
  int looks = 0;
  setup.stop_requested = [&] { return ++looks < 3 ? Stop::No : looks < 6 ? Stop::Gently : Stop::Now; };
  FailingLog log([](int) { return false; });
  Proposer fresh = proposer();
  StuckEvaluator evaluator;
  run_search(fresh, evaluator, log, setup);
  EXPECT_EQ(log.history.asked.size(), 3U);
  EXPECT_TRUE(log.history.finished.empty()) << "they are evaluated by the next start";
}

}  // namespace
}  // namespace nas
