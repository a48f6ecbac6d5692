#include "experiments/commands/status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>

#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

using testing::ask;
using testing::asked_trial;
using testing::failed_trial;
using testing::finished_trial;
using ::testing::HasSubstr;
using testing::OpenRun;
using testing::start_run;
using testing::tell;
using testing::TemporaryDirectory;

/// Five asked, three finished of which one failed, one more failed, one running.
void fill(OpenRun& run) {
  run.store.note_workers(2);
  run.store.note_rejected({4, 3, 2});
  ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {0, 1, 1}), asked_trial(2, {0, 0, 1}),
                  asked_trial(3, {1, 0, 0}), asked_trial(4, {1, 1, 0})});
  tell(run.store, {finished_trial(0, 0, 0.5, 300), finished_trial(1, 1, 0.75, 400),
                   failed_trial(2, 2, FailureType::TimedOut), failed_trial(3, 3, FailureType::TimedOut)});
}

TEST(Status, CountsALiveRun) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  const RunStatus status = read_status(run.directory.path()).value();
  EXPECT_EQ(status.state, RunState::Running);
  EXPECT_EQ(status.process, getpid());
  EXPECT_EQ(status.evaluations, 10U);
  EXPECT_EQ(status.running, 1U);
  EXPECT_EQ(status.complete, 2U);
  EXPECT_EQ(status.failed, 2U);
  EXPECT_EQ(status.failures, (std::map<std::string, std::uint64_t>{{"timed_out", 2}}));
  EXPECT_EQ(status.rejected, (RejectionCounts{4, 3, 2}));
  EXPECT_EQ(status.workers, 2);
  EXPECT_EQ(status.front, 2U);
  EXPECT_EQ(status.best, (std::vector<double>{0.75, 300}));
  EXPECT_EQ(status.reference, (std::vector<double>{0.5, 400}));
}

TEST(Status, SaysTheAlgorithmAndWhyAutoChoseIt) {
  const TemporaryDirectory directory;
  const auto text_of = [&](const std::string& name, const std::string& config) {
    StudyDescription study = testing::small_study();
    study.config_text = config;
    const OpenRun run = start_run(directory.path() / name, study);
    std::ostringstream text;
    EXPECT_TRUE(print_status(run.directory.path(), Output::Text, text).ok());
    return text.str();
  };
  EXPECT_THAT(text_of("a", "algorithm:\n  type: moead\n  because: 5 objectives\n"),
              HasSubstr("\nalgorithm    moead (chosen by auto: 5 objectives)\n"));
  EXPECT_THAT(text_of("b", "algorithm:\n  type: moead\n"), HasSubstr("\nalgorithm    moead\n"));
  EXPECT_THAT(text_of("c", "seed: 3"), ::testing::Not(HasSubstr("algorithm")));
}

TEST(Status, FewerEpochsDoNotCompete) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  AskedTrial partial = asked_trial(0, {0, 0, 0});
  partial.candidate.budget = 1;
  ask(run.store, {partial, asked_trial(1, {0, 1, 1})});
  FinishedTrial stopped = finished_trial(0, 0, 0.9, 100);
  stopped.evaluation.stopped = true;
  tell(run.store, {stopped, finished_trial(1, 1, 0.5, 300)});
  const RunStatus status = read_status(run.directory.path()).value();
  EXPECT_EQ(status.complete, 2U);
  EXPECT_EQ(status.front, 1U);
  EXPECT_EQ(status.left_out, 1U);
  EXPECT_EQ(status.best, (std::vector<double>{0.5, 300}));
  std::ostringstream text;
  ASSERT_TRUE(print_status(run.directory.path(), Output::Text, text).ok());
  EXPECT_EQ(status.stopped, 1U);
  EXPECT_THAT(text.str(), HasSubstr("2, 1 stopped early"));
  EXPECT_THAT(text.str(), HasSubstr("1 trials, 1 result at fewer epochs left out"));
}

TEST(Status, TimesOfAStoppedRunAreThoseOfItsStarts) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    fill(run);
  }
  // Two starts of 60 s with an hour between; 4 results of 3.5 s in all and 2 workers.
  Database study(path / "study.db", Database::Access::ReadWrite);
  study.execute("UPDATE nas_starts SET started_at = 1000, last_at = 1060, workers = 2");
  study.execute("INSERT INTO nas_starts VALUES (2, 4660, 4720, 2, 'h', 1)");
  study.execute("UPDATE nas_results SET seconds = 15");
  const RunStatus status = read_status(path).value();
  EXPECT_EQ(status.state, RunState::Stopped);
  EXPECT_DOUBLE_EQ(status.elapsed_seconds, 120);
  EXPECT_DOUBLE_EQ(status.rate_per_minute, 2);
  EXPECT_DOUBLE_EQ(status.utilisation, 60.0 / 240);
}

TEST(Status, TimeLeftIsByTheLastStartsRate) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    fill(run);
  }
  Database study(path / "study.db", Database::Access::ReadWrite);
  study.execute("UPDATE nas_starts SET started_at = 1000, last_at = 1300, workers = 2");
  study.execute("INSERT INTO nas_starts VALUES (2, 4000, 4060, 2, 'h', 1)");
  study.execute("UPDATE nas_results SET started_at = 1000, seconds = 15");
  study.execute("UPDATE nas_results SET started_at = 4010 WHERE number IN (1, 2)");
  // Two results in the last minute, six evaluations not done.
  const RunStatus status = read_status(path).value();
  EXPECT_DOUBLE_EQ(status.left_seconds.value(), 180);
  EXPECT_EQ(status.to_go, 5U);
  // Where the last start has none yet: four in six minutes.
  study.execute("UPDATE nas_results SET started_at = 1000");
  EXPECT_DOUBLE_EQ(read_status(path).value().left_seconds.value(), 540);
  study.execute("DELETE FROM nas_results");
  EXPECT_EQ(read_status(path).value().left_seconds, std::nullopt);
}

TEST(Status, EachWorkerIsListed) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  std::ostringstream text;
  ASSERT_TRUE(print_status(run.directory.path(), Output::Text, text).ok());
  EXPECT_THAT(text.str(), HasSubstr("\nworker    at work  evaluations  failed\nhost:1.0"));
  EXPECT_THAT(text.str(), ::testing::ContainsRegex("\nhost:2.0 +[0-9]+% +2 +2\n"));
  EXPECT_THAT(text.str(), HasSubstr("\nqueue        5 to go\n"));
  std::ostringstream json;
  ASSERT_TRUE(print_status(run.directory.path(), Output::Json, json).ok());
  const auto parsed = nlohmann::json::parse(json.str());
  ASSERT_EQ(parsed.at("per_worker").size(), 2U);
  EXPECT_EQ(parsed.at("per_worker")[1].at("worker"), "host:2.0");
  EXPECT_EQ(parsed.at("per_worker")[1].at("failed"), 2);
  EXPECT_EQ(parsed.at("to_go"), 5);
}

TEST(Status, OfManyWorkersTheIdleOnesAreShown) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    for (std::uint64_t i = 0; i < 30; ++i) {
      testing::ask(run.store, {asked_trial(i, {0, 0, 0})});
      FinishedTrial trial = finished_trial(i, i, 0.5, 300);
      trial.evaluation.worker = "host:" + std::to_string(i) + ".0";
      testing::tell(run.store, {trial});
    }
  }
  Database study(path / "study.db", Database::Access::ReadWrite);
  study.execute("UPDATE nas_starts SET started_at = 1000, last_at = 1100");
  study.execute("UPDATE nas_results SET started_at = 1000, seconds = 100 - number");
  std::ostringstream text;
  ASSERT_TRUE(print_status(path, Output::Text, text).ok());
  EXPECT_THAT(text.str(), HasSubstr("\nhost:29.0      71%"));
  EXPECT_THAT(text.str(), HasSubstr("\nhost:18.0      82%"));
  EXPECT_THAT(text.str(), ::testing::Not(HasSubstr("host:17.0")));
  EXPECT_THAT(text.str(), HasSubstr("and 18 workers that are idle less"));
}

/// Ends the run once something has been printed: what a watcher sees while it waits.
class EndsTheRun final : public std::stringbuf {
 public:
  explicit EndsTheRun(std::optional<OpenRun>& run) : run_(run) {}
  int sync() override {
    run_.reset();
    return 0;
  }

 private:
  std::optional<OpenRun>& run_;
};

TEST(Status, WatchingEndsWithTheRun) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run";
  std::optional<OpenRun> run = start_run(path);
  fill(*run);
  EndsTheRun buffer(run);
  std::ostream out(&buffer);
  ASSERT_TRUE(watch_status(path, Output::Text, Redraw::Append, std::chrono::milliseconds(0), out).ok());
  const std::string text = buffer.str();
  const auto running = text.find("state        running (pid ");
  const auto stopped = text.find("state        stopped, continue it with --resume");
  ASSERT_NE(running, std::string::npos);
  ASSERT_NE(stopped, std::string::npos);
  EXPECT_LT(running, stopped);
  EXPECT_THAT(text, ::testing::Not(HasSubstr("\x1b")));
  std::ostringstream again;
  ASSERT_TRUE(watch_status(path, Output::Text, Redraw::Clear, std::chrono::milliseconds(0), again).ok());
  EXPECT_THAT(again.str(), ::testing::StartsWith("\x1b[H\x1b[2Jrun "));
  EXPECT_FALSE(watch_status(path / "no", Output::Text, Redraw::Clear, std::chrono::milliseconds(0), again).ok());
}

TEST(Status, HypervolumeIsTheShareOfTheBox) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {0, 1, 1}), asked_trial(2, {0, 0, 1})});
  // Scaled to [0, 1], both minimised: (1, 0), (0, 1) and (0.5, 0.25): 0.5 x 0.75 of the box.
  tell(run.store, {finished_trial(0, 0, 0.5, 0), finished_trial(1, 1, 1.0, 400), finished_trial(2, 2, 0.75, 100)});
  EXPECT_DOUBLE_EQ(read_status(run.directory.path()).value().hypervolume, 0.375);
}

TEST(Status, AFinishedRunSaysWhy) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    fill(run);
    run.store.end("the space is exhausted");
  }
  const RunStatus status = read_status(path).value();
  EXPECT_EQ(status.state, RunState::Finished);
  EXPECT_EQ(status.ending, "the space is exhausted");
  std::ostringstream text;
  ASSERT_TRUE(print_status(path, Output::Text, text).ok());
  EXPECT_THAT(text.str(), HasSubstr("state        finished (the space is exhausted)\n"));
  EXPECT_THAT(text.str(), HasSubstr("evaluations  4 of 10 done, 1 to be run again\n"));
  EXPECT_THAT(text.str(), HasSubstr("failed       2 (timed_out 2)\n"));
  EXPECT_THAT(text.str(), HasSubstr("rejected     4 duplicates, 3 over a limit, 2 invalid\n"));
  EXPECT_THAT(text.str(), HasSubstr("best         val_accuracy 0.75, macs 300\n"));
}

TEST(Status, JsonOfARunThatJustBegan) {
  const TemporaryDirectory directory;
  const OpenRun run = start_run(directory.path() / "run");
  std::ostringstream text;
  ASSERT_TRUE(print_status(run.directory.path(), Output::Json, text).ok());
  const auto json = nlohmann::json::parse(text.str());
  EXPECT_EQ(json.at("state"), "running");
  EXPECT_EQ(json.at("process"), getpid());
  EXPECT_EQ(json.at("complete"), 0);
  EXPECT_EQ(json.at("rejected"), nlohmann::json::parse(R"({"duplicate": 0, "over_limit": 0, "invalid": 0})"));
  EXPECT_EQ(json.at("best"), nlohmann::json::object());
}

TEST(Status, NoRunIsAnError) {
  std::ostringstream text;
  const Result<Unit> printed = print_status("/nonexistent/run", Output::Text, text);
  ASSERT_FALSE(printed.ok());
  EXPECT_THAT(printed.error().message, HasSubstr("no run in /nonexistent/run"));
  EXPECT_EQ(text.str(), "");
}

}  // namespace
}  // namespace nas
