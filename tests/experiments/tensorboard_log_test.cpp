#include "experiments/tensorboard/tensorboard_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>

#include "nas/read_file.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using testing::asked_trial;
using ::testing::ElementsAre;
using testing::failed_trial;
using testing::finished_trial;
using ::testing::HasSubstr;
using testing::TemporaryDirectory;

/// Remembers what passes through, unless it is away.
struct PlainLog final : TrialLog {
  void asked(std::span<const AskedTrial> trials) override {
    history.asked.insert(history.asked.end(), trials.begin(), trials.end());
  }
  void finished(std::span<const FinishedTrial> trials) override {
    if (is_away) throw LogUnavailable("away");
    history.finished.insert(history.finished.end(), trials.begin(), trials.end());
  }
  TrialHistory history;
  bool is_away = false;
};

class TensorboardLogTest : public ::testing::Test {
 protected:
  TensorboardLogTest() {
    plan_.folder = directory_.path() / "tensorboard";
    plan_.genes = testing::small_study().genes;
    plan_.say = [this](const std::string& text) { said_.push_back(text); };
    restart();
  }

  void restart() { log_.emplace(memory_, plan_, memory_.history); }
  void ask(std::uint64_t id) {
    const AskedTrial trial = asked_trial(id, {0, 1, 1});
    log_->asked({&trial, 1});
  }
  void tell(const FinishedTrial& trial) { log_->finished({&trial, 1}); }
  fs::path file(std::uint64_t id) const { return plan_.folder / std::to_string(id) / "events.out.tfevents"; }
  /// Empty where there is none.
  std::string content(std::uint64_t id) const {
    const auto text = read_file(file(id));
    return text ? *text : std::string();
  }

  TemporaryDirectory directory_;
  TensorboardPlan plan_;
  std::vector<std::string> said_;
  PlainLog memory_;
  std::optional<TensorboardLog> log_;
};

TEST_F(TensorboardLogTest, AFileForEachCandidateOnceItIsCommitted) {
  ask(0);
  ask(1);
  memory_.is_away = true;
  EXPECT_THROW(tell(finished_trial(0, 0, 0.5, 100)), LogUnavailable);
  EXPECT_FALSE(fs::exists(file(0))) << "the store does not have it yet";
  memory_.is_away = false;
  tell(finished_trial(0, 0, 0.5, 100));
  EXPECT_EQ(content(0), candidate_events(memory_.history.asked[0], memory_.history.finished[0], plan_));
  EXPECT_FALSE(fs::exists(file(1)));
  tell(failed_trial(1, 1, FailureType::Diverged));
  EXPECT_THAT(content(1), HasSubstr("_hparams_/session_end_info"));
}

TEST_F(TensorboardLogTest, ARestartWritesWhatIsMissingOrTornAndNothingTwice) {
  for (std::uint64_t id = 0; id < 3; ++id) ask(id);
  for (std::uint64_t id = 0; id < 3; ++id) tell(finished_trial(id, id, 0.5, 100));
  const std::vector<std::string> before = {content(0), content(1), content(2)};
  const auto untouched = fs::last_write_time(file(0));
  fs::remove_all(file(1).parent_path());
  fs::resize_file(file(2), before[2].size() / 2);
  restart();
  EXPECT_THAT(before, ElementsAre(content(0), content(1), content(2)));
  EXPECT_EQ(fs::last_write_time(file(0)), untouched);
}

TEST_F(TensorboardLogTest, ACandidateThatRanOverARestartIsWritten) {
  ask(0);
  restart();
  tell(finished_trial(0, 0, 0.5, 100));
  EXPECT_TRUE(fs::exists(file(0)));
}

TEST_F(TensorboardLogTest, WhatCannotBeWrittenIsSaidOnceAndStopsNothing) {
  testing::write_text(plan_.folder, "in the way");
  for (std::uint64_t id = 0; id < 3; ++id) {
    ask(id);
    tell(finished_trial(id, id, 0.5, 100));
  }
  EXPECT_EQ(memory_.history.finished.size(), 3U);
  EXPECT_THAT(said_, ElementsAre(HasSubstr("can't be written")));
  fs::remove(plan_.folder);
  restart();
  EXPECT_FALSE(content(0).empty());
}

TEST_F(TensorboardLogTest, WithoutAFolderNothingIsWritten) {
  plan_.folder.clear();
  restart();
  ask(0);
  tell(finished_trial(0, 0, 0.5, 100));
  EXPECT_EQ(memory_.history.finished.size(), 1U);
  EXPECT_TRUE(fs::is_empty(directory_.path()));
}

}  // namespace
}  // namespace nas
