#include "experiments/search/checkpoint_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::TemporaryDirectory;

constexpr std::int32_t kFull = 9;

/// Remembers what passes through.
struct MemoryLog final : TrialLog {
  void asked(std::span<const AskedTrial> trials) override {
    history.asked.insert(history.asked.end(), trials.begin(), trials.end());
  }
  void finished(std::span<const FinishedTrial> trials) override {
    history.finished.insert(history.finished.end(), trials.begin(), trials.end());
  }
  TrialHistory history;
};

class CheckpointLogTest : public ::testing::Test {
 protected:
  CheckpointLogTest() {
    setup_.objectives.push_back({Direction::Minimise, Expression::parse("loss").value()});
    restart();
  }

  void restart() { log_.emplace(memory_, setup_, folder(), memory_.history); }
  fs::path folder() const { return directory_.path() / "checkpoints"; }

  /// Asks for a candidate, which then writes a checkpoint; `continues` negative: from the start.
  void ask(std::int32_t budget, std::int64_t continues = -1) {
    AskedTrial trial;
    trial.candidate.id = CandidateId{memory_.history.asked.size()};
    trial.candidate.budget = budget;
    trial.candidate.full_budget = kFull;
    if (continues >= 0) trial.candidate.continues = CandidateId{static_cast<std::uint64_t>(continues)};
    trial.asked_after = memory_.history.finished.size();
    log_->asked({&trial, 1});
    fs::create_directories(folder() / std::to_string(number(trial.candidate.id)));
  }
  FinishedTrial result(std::uint64_t id, double loss) const {
    FinishedTrial trial;
    trial.evaluation.id = CandidateId{id};
    trial.told_index = memory_.history.finished.size();
    trial.values = {loss};
    return trial;
  }
  void tell(const FinishedTrial& trial) { log_->finished({&trial, 1}); }
  void tell(std::uint64_t id, double loss) { tell(result(id, loss)); }

  std::set<int> kept() const {
    std::set<int> ids;
    std::error_code error;
    for (fs::directory_iterator entry(folder(), error), end; !error && entry != end; ++entry) {
      ids.insert(std::stoi(entry->path().filename().string()));
    }
    return ids;
  }

  TemporaryDirectory directory_;
  SearchSetup setup_;
  MemoryLog memory_;
  std::optional<CheckpointLog> log_;
};

TEST_F(CheckpointLogTest, AChainGoesWithItsEnd) {
  ask(1);
  tell(0, 0.5);
  ask(3, 0);
  EXPECT_THAT(kept(), ElementsAre(0, 1)) << "1 reads what 0 left";
  tell(1, 0.4);
  EXPECT_THAT(kept(), ElementsAre(1));
  ask(9, 1);
  tell(2, 0.3);
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(CheckpointLogTest, WhatFailedOrWasStoppedIsNotCarriedOn) {
  ask(1);
  tell(0, 0.5);
  ask(3, 0);
  FinishedTrial failed = result(1, 0);
  failed.evaluation.failure = Failure{FailureType::Crashed, "", ""};
  failed.values.clear();
  tell(failed);
  EXPECT_THAT(kept(), IsEmpty());
  ask(3);
  FinishedTrial stopped = result(2, 0.5);
  stopped.evaluation.stopped = true;
  tell(stopped);
  EXPECT_THAT(kept(), IsEmpty());
}

TEST_F(CheckpointLogTest, ManyShortTrainingsKeepTheBest) {
  constexpr int kMany = 1000;
  for (int id = 0; id < kMany; ++id) {
    ask(1);
    tell(static_cast<std::uint64_t>(id), id % 2 == 0 ? 1.0 + id : 0.5 - 1e-4 * id);  // odd ones: better and better
    EXPECT_LE(kept().size(), 2 * CheckpointLog::kWaiting);
  }
  const std::set<int> ids = kept();
  for (std::size_t i = 0; i < CheckpointLog::kWaiting; ++i) {
    EXPECT_TRUE(ids.contains(kMany - 1 - 2 * static_cast<int>(i))) << i << " places behind the best";
  }
}

TEST_F(CheckpointLogTest, WhatIsBeingReadIsNotThinnedOut) {
  ask(1);
  tell(0, 100);
  ask(3, 0);
  for (std::uint64_t id = 2; id < 200; ++id) {
    ask(1);
    tell(id, 1);
  }
  EXPECT_TRUE(kept().contains(0)) << "the worst of all, but 1 goes on from it";
}

TEST_F(CheckpointLogTest, ARestartKeepsTheSameAndRemovesTheRest) {
  for (std::uint64_t id = 0; id < 4; ++id) ask(1);
  tell(0, 0.5);
  tell(1, 0.4);
  tell(2, 0.3);
  ask(3, 1);
  fs::create_directories(folder() / "77");
  restart();
  EXPECT_THAT(kept(), ElementsAre(0, 1, 2, 3, 4));
  tell(4, 0.2);
  EXPECT_THAT(kept(), ElementsAre(0, 2, 3, 4));
  log_->remove_all();
  EXPECT_FALSE(fs::exists(folder()));
}

}  // namespace
}  // namespace nas
