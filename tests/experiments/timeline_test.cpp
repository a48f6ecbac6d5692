#include "experiments/commands/timeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "experiments/commands/outcome_colours.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

using testing::asked_trial;
using testing::failed_trial;
using testing::finished_trial;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::OpenRun;
using testing::start_run;
using testing::TemporaryDirectory;

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

StoredTrial trial_on(const std::string& worker, double begin, double seconds, std::uint64_t id) {
  FinishedTrial finished = finished_trial(id, id, 0.5, 100);
  finished.evaluation.worker = worker;
  finished.evaluation.started_at = begin;
  finished.evaluation.seconds = seconds;
  return {asked_trial(id, {0, 0, 0}), begin, finished};
}

/// Two starts of 100 s, half an hour apart.
const std::vector<StudyStart> kStarts = {{1000, 1100, 2}, {2900, 3000, 2}};

TEST(WorkerUse, NumbersInNamesAreComparedAsNumbers) {
  EXPECT_TRUE(before_by_number("host:2.0", "host:10.0"));
  EXPECT_FALSE(before_by_number("host:10.0", "host:2.0"));
  EXPECT_TRUE(before_by_number("a:1.2", "a:1.10"));
  EXPECT_TRUE(before_by_number("a9:1.0", "b1:0.0"));
  EXPECT_TRUE(before_by_number("a", "a1"));
  EXPECT_FALSE(before_by_number("a1", "a1"));
}

TEST(WorkerUse, TheTimeBetweenStartsDoesNotCount) {
  EXPECT_DOUBLE_EQ(search_seconds(kStarts, 1000), 0);
  EXPECT_DOUBLE_EQ(search_seconds(kStarts, 1050), 50);
  EXPECT_DOUBLE_EQ(search_seconds(kStarts, 2000), 100);
  EXPECT_DOUBLE_EQ(search_seconds(kStarts, 2910), 110);
  EXPECT_DOUBLE_EQ(search_seconds(kStarts, 9999), 200);
  EXPECT_DOUBLE_EQ(search_seconds(kStarts, 5), 0);
}

TEST(WorkerUse, IsOfTheStartsInWhichTheWorkerWasThere) {
  const TemporaryDirectory directory;
  const auto path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    testing::ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {0, 0, 1}), asked_trial(2, {0, 1, 0})});
    testing::tell(run.store, {finished_trial(0, 0, 0.5, 1), finished_trial(1, 1, 0.5, 1),
                              failed_trial(2, 2, FailureType::Crashed)});
  }
  Database study(path / "study.db", Database::Access::ReadWrite);
  study.execute("UPDATE nas_starts SET started_at = 1000, last_at = 1100");
  study.execute("INSERT INTO nas_starts VALUES (2, 2900, 3000, 2, 'h', 1)");
  study.execute("UPDATE nas_results SET started_at = 1000, seconds = 80");
  study.execute("UPDATE nas_results SET started_at = 2900, seconds = 30 WHERE number = 1");
  study.execute("UPDATE nas_results SET worker = 'host:10.0' WHERE number = 2");
  const std::vector<WorkerUse> uses = read_worker_use(study, kStarts, LastStart::Ended);
  // The first worker was there in both starts, the other only in the first.
  EXPECT_EQ(uses, (std::vector<WorkerUse>{{"host:1.0", 2, 0, 110, 200}, {"host:10.0", 1, 1, 80, 100}}));
  EXPECT_DOUBLE_EQ(uses[0].utilisation(), 0.55);
  EXPECT_DOUBLE_EQ(uses[1].utilisation(), 0.8);
  // While the last start runs, nobody knows what a worker has done since its last result.
  EXPECT_DOUBLE_EQ(read_worker_use(study, kStarts, LastStart::Running)[0].available_seconds, 130);
}

TEST(Timeline, CutsTheTimeBetweenStartsOut) {
  StoredTrial lost = trial_on("host:1.0", 0, 10, 2);
  lost.asked_at = 1085;
  lost.finished->evaluation.failure = Failure{FailureType::WorkerLost, "gone", ""};
  const Timeline timeline =
      timeline_of("t", {trial_on("host:2.0", 1010, 40, 0), trial_on("host:1.0", 2900, 90, 1), lost}, kStarts,
                  {{"host:1.0", 2, 1, 100, 200}, {"host:2.0", 1, 0, 40, 100}});
  EXPECT_DOUBLE_EQ(timeline.seconds, 200);
  EXPECT_EQ(timeline.resumed, (std::vector<double>{100}));
  ASSERT_EQ(timeline.rows.size(), 2U);
  EXPECT_EQ(timeline.rows[0].bars,
            (std::vector<TimelineBar>{{CandidateId{2}, 85, 95, "worker_lost"}, {CandidateId{1}, 100, 190, "ok"}}));
  EXPECT_EQ(timeline.rows[1].bars, (std::vector<TimelineBar>{{CandidateId{0}, 10, 50, "ok"}}));
  EXPECT_DOUBLE_EQ(timeline.utilisation, 140.0 / 400);
}

TEST(TimelineSvg, ABarIsAtItsTimeAndSaysWhatItIs) {
  Timeline timeline{"a < b", {{{"h:1.0", 2, 1, 60, 100}, {}}}, 100, {50}, 0.6};
  timeline.rows[0].bars = {{CandidateId{3}, 0, 40, "ok"}, {CandidateId{4}, 50, 70, "crashed"}};
  const std::string svg = to_svg(timeline);
  EXPECT_THAT(svg, HasSubstr("a &lt; b"));
  EXPECT_THAT(svg, Not(HasSubstr("a < b")));
  EXPECT_THAT(svg, HasSubstr("<title>candidate 3: ok, 40 s</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>candidate 4: crashed, 20 s</title>"));
  EXPECT_THAT(svg, HasSubstr("width=\"359.50\""));  // 40% of 900 pixels, less a hair
  EXPECT_THAT(svg, HasSubstr(">60%</text>"));
  EXPECT_THAT(svg, HasSubstr("60.0% of the time at work in 0:01:40"));
  EXPECT_THAT(svg, HasSubstr(">crashed</text>"));
  EXPECT_THAT(svg, Not(HasSubstr(">diverged</text>")));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
  EXPECT_EQ(count_of(svg, "class=\"resumed\""), 1U);
}

TEST(TimelineSvg, ThousandsOfWorkersAndEvaluationsStaySmall) {
  Timeline timeline{"many", {}, 1000, {}, 0.5};
  for (std::size_t worker = 0; worker < 5000; ++worker) {
    TimelineRow& row = timeline.rows.emplace_back();
    row.use = {"node" + std::to_string(worker) + ":1.0", 20, 1, 500, 1000};
    for (std::uint64_t i = 0; i < 20; ++i) {
      const double begin = 50.0 * static_cast<double>(i);
      row.bars.push_back({CandidateId{20 * worker + i}, begin, begin + 25, i == 3 ? "timed_out" : "ok"});
    }
  }
  const std::string svg = to_svg(timeline);
  EXPECT_LT(svg.size(), 1'000'000U);
  EXPECT_THAT(svg, HasSubstr("5000 workers, 79 to a line"));
  EXPECT_THAT(svg, HasSubstr("node0:1.0 and 78 more"));
  // A line is a name, an idle rectangle, and a path for each of the two outcomes.
  EXPECT_LE(count_of(svg, "<path"), 2 * kMostTimelineRows);
  EXPECT_EQ(count_of(svg, ">50%</text>"), 64U);
}

TEST(TimelineSvg, ASliceShowsTheShareOfTime) {
  // 9,000 bars of 0.05 s in 900 s on one worker: half of each slice of 2 s.
  Timeline timeline{"slices", {{{"h:1.0", 9000, 0, 450, 900}, {}}}, 900, {}, 0.5};
  for (std::uint64_t i = 0; i < 9000; ++i) {
    timeline.rows[0].bars.push_back(
        {CandidateId{i}, 0.1 * static_cast<double>(i), 0.1 * static_cast<double>(i) + 0.05, "ok"});
  }
  const std::string svg = to_svg(timeline);
  EXPECT_EQ(count_of(svg, "h2v-6.0h-2z"), 450U);  // half of 12 pixels
}

TEST(TimelineSvg, NothingYet) {
  const std::string svg = to_svg(Timeline{"new", {}, 0, {}, 0});
  EXPECT_THAT(svg, HasSubstr("no result yet"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
}

TEST(OutcomeColours, EveryFailureHasOne) {
  for (const FailureType type :
       {FailureType::Diverged, FailureType::OutOfMemory, FailureType::Crashed, FailureType::TimedOut,
        FailureType::WorkerLost, FailureType::Invalid, FailureType::Protocol, FailureType::Reported}) {
    EXPECT_EQ(kOutcomeColours[outcome_place(to_string(type))].outcome, to_string(type));
  }
}

TEST(Timeline, IsWrittenForARunThatIsRunning) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  testing::ask(run.store, {asked_trial(0, {0, 0, 0})});
  testing::tell(run.store, {finished_trial(0, 0, 0.5, 1)});
  std::ostringstream out;
  const auto file = directory.path() / "t.svg";
  ASSERT_TRUE(write_timeline(run.directory.path(), file, out).ok());
  EXPECT_EQ(out.str(), file.string() + "\n");
  EXPECT_FALSE(std::filesystem::is_empty(file));
  EXPECT_FALSE(write_timeline(run.directory.path(), "/nonexistent/t.svg", out).ok());
  EXPECT_FALSE(write_timeline(directory.path() / "none", file, out).ok());
}

}  // namespace
}  // namespace nas
