// The page of a report, read back: what is in it, that it is safe, and what it costs.
#include "experiments/report/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "experiments/report/page.h"
#include "experiments/report/progress_curves.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

using testing::ask;
using testing::asked_trial;
using ::testing::ElementsAre;
using testing::failed_trial;
using testing::finished_trial;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::OpenRun;
using testing::start_run;
using testing::tell;
using testing::TemporaryDirectory;

std::string text_of(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

/// What the scripts of a page are given.
nlohmann::json data_of(const std::string& page) {
  const std::string begin = "<script type=\"application/json\" id=\"data\">";
  const auto from = page.find(begin) + begin.size();
  return nlohmann::json::parse(page.substr(from, page.find("</script>", from) - from));
}

/// Candidate 1 is a child of 0 and 3 of 1; 2 is worse than 1 in both, 4 failed, 5 runs.
void fill(OpenRun& run) {
  AskedTrial child = asked_trial(1, {0, 1, 1});
  child.candidate.parents = {CandidateId{0}};
  child.candidate.origin = "mutation";
  AskedTrial grandchild = asked_trial(3, {0, 1, 0});
  grandchild.candidate.parents = {CandidateId{1}};
  ask(run.store, {asked_trial(0, {0, 0, 0}), child, asked_trial(2, {0, 0, 1}), grandchild, asked_trial(4, {1, 0, 0}),
                  asked_trial(5, {1, 1, 0})});
  tell(run.store, {finished_trial(0, 0, 0.5, 300), finished_trial(2, 1, 0.6, 500), finished_trial(1, 2, 0.75, 400),
                   failed_trial(4, 3, FailureType::TimedOut), finished_trial(3, 4, 0.8, 450)});
}

struct WrittenReport {
  TemporaryDirectory directory;
  std::string page;
  nlohmann::json data;

  explicit WrittenReport(const StudyDescription& study = testing::small_study()) {
    OpenRun run = start_run(directory.path() / "run", study);
    fill(run);
    const auto written = write_report({directory.path() / "run"});
    EXPECT_TRUE(written.ok()) << written.error().message;
    page = text_of(directory.path() / "run" / "report.html");
    data = data_of(page);
  }
};

TEST(Report, HasTheFrontAndEveryEvaluation) {
  const WrittenReport report;
  EXPECT_EQ(report.data.at("front"), nlohmann::json({3, 1, 0}));
  const auto& trials = report.data.at("trials");
  EXPECT_EQ(trials.at("id"), nlohmann::json({0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(trials.at("of"), 6);
  EXPECT_EQ(trials.at("competes"), nlohmann::json({1, 1, 1, 1, 0, 0}));
  EXPECT_EQ(trials.at("parents"), nlohmann::json::parse("[[], [0], [], [1], [], []]"));
  EXPECT_EQ(trials.at("objectives").at(0), nlohmann::json::parse("[0.5, 0.75, 0.6, 0.8, null, null]"));
  EXPECT_EQ(trials.at("metrics").at("val_loss"), nlohmann::json::parse("[1.5, 1.5, 1.5, 1.5, null, null]"));
  // The third gene is inactive where the first one is 1.
  EXPECT_EQ(trials.at("choices").at(2), nlohmann::json({0, 1, 1, 0, -1, -1}));
  EXPECT_EQ(trials.at("state").at("names"), nlohmann::json({"ok", "timed_out", "running"}));
  EXPECT_EQ(trials.at("state").at("of"), nlohmann::json({0, 0, 0, 0, 1, 2}));
}

TEST(Report, HasLearningCurves) {
  const WrittenReport report;
  const auto& curve = report.data.at("curves").at("3");
  EXPECT_EQ(curve.at("epoch"), nlohmann::json({1, 2}));
  EXPECT_EQ(curve.at("metrics").at("val_accuracy"), nlohmann::json({0.4, 0.8}));
  EXPECT_FALSE(report.data.at("curves").contains("4"));
}

TEST(Report, ProgressIsInTheOrderOfResults) {
  const WrittenReport report;
  const auto& progress = report.data.at("progress").at(0);
  EXPECT_EQ(progress.at("evaluations"), nlohmann::json({1, 2, 3, 4, 5}));
  EXPECT_EQ(progress.at("best").at(0), nlohmann::json({0.5, 0.6, 0.75, 0.75, 0.8}));
  EXPECT_EQ(progress.at("best").at(1), nlohmann::json({300, 300, 300, 300, 300}));
  // The box: accuracy 0.5 to 0.8, MACs 300 to 500; the first result is at its edge, the third is 5/6 by 1/2 of it,
  // and the last adds (1/6) x (1/4).
  const auto& volume = progress.at("hypervolume");
  EXPECT_NEAR(volume.at(0).get<double>(), 0, 1e-9);
  EXPECT_NEAR(volume.at(2).get<double>(), 5.0 / 12, 1e-5);
  EXPECT_NEAR(volume.at(4).get<double>(), 5.0 / 12 + 1.0 / 24, 1e-5);
}

TEST(Report, SaysWhatWasSearched) {
  const WrittenReport report;
  EXPECT_THAT(report.page, HasSubstr("<dt>space</dt><dd>toy</dd>"));
  EXPECT_THAT(report.page, HasSubstr("<dt>seed</dt><dd>7</dd>"));
  EXPECT_THAT(report.page, HasSubstr("maximize val_accuracy, minimize macs, val_loss &lt;= 2"));
  EXPECT_THAT(report.page, HasSubstr("<dd>5 of 10: 4 complete, 0 stopped early, 1 failed</dd>"));
  EXPECT_THAT(report.page, HasSubstr("timed_out: 1</summary>"));
  EXPECT_THAT(report.page, HasSubstr("last line\nof \xEF\xBF\xBD the log</pre>"));
  EXPECT_THAT(report.page, HasSubstr("class=\"nas-timeline\""));
  EXPECT_THAT(report.page, HasSubstr("{&quot;seed&quot;: 7}</pre>"));
  EXPECT_THAT(report.data.at("why_no_drawings").get<std::string>(), HasSubstr("No drawings: "));
}

TEST(Report, AsksForNothingOutside) {
  const WrittenReport report;
  EXPECT_THAT(report.page, HasSubstr("default-src 'none'"));
  for (const char* outside : {"src=\"", "<link", "@import", "fetch(", "XMLHttpRequest"}) {
    EXPECT_THAT(report.page, Not(HasSubstr(outside)));
  }
}

TEST(Report, TextOfARunIsOnlyText) {
  const std::string evil = "</script><script>alert(1)</script><!--<img src=x onerror=alert(2)>'\"&";
  StudyDescription study = testing::small_study();
  study.name = evil;
  study.space = evil;
  study.config_text = evil;
  study.genes[0].name = evil;
  study.genes[0].options[0].name = evil;
  study.objectives[0].name = evil;
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run", study);
  ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {0, 0, 1})});
  FinishedTrial failed = failed_trial(0, 0, FailureType::Crashed);
  failed.evaluation.worker = evil;
  failed.evaluation.failure->message = evil;
  failed.evaluation.failure->log_tail = evil;
  FinishedTrial good = finished_trial(1, 1, 0.5, 1);
  good.evaluation.metrics[evil] = 1;
  good.evaluation.curve[0].metrics[evil] = 1;
  tell(run.store, {failed, good});
  ASSERT_TRUE(write_report({directory.path() / "run"}).ok());
  const std::string page = text_of(directory.path() / "run" / "report.html");
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("<img")));
  EXPECT_THAT(page, Not(HasSubstr("<!--")));
  const nlohmann::json data = data_of(page);
  EXPECT_EQ(data.at("space"), evil);
  EXPECT_EQ(data.at("genes").at(0).at("options").at(0), evil);
  EXPECT_TRUE(data.at("trials").at("metrics").contains(evil));
}

TEST(Report, OtherRunsAreLaidOverIt) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  StudyDescription random = testing::small_study();
  random.name = "other";
  random.config_text = "algorithm: {type: random}";
  OpenRun other = start_run(directory.path() / "other", random);
  ask(other.store, {asked_trial(0, {0, 0, 0})});
  tell(other.store, {finished_trial(0, 0, 0.9, 700)});
  const auto file = directory.path() / "both.html";
  ASSERT_TRUE(write_report({directory.path() / "run", {directory.path() / "other"}, file}).ok());
  const nlohmann::json data = data_of(text_of(file));
  EXPECT_EQ(data.at("overlays").at(0).at("label"), "other (random search)");
  EXPECT_EQ(data.at("overlays").at(0).at("objectives"), nlohmann::json::parse("[[0.9], [700]]"));
  EXPECT_EQ(data.at("progress").size(), 2U);
  // One box for both: accuracy to 0.9 and MACs to 700.
  EXPECT_NEAR(data.at("progress").at(0).at("hypervolume").at(2).get<double>(), (0.25 / 0.4) * 0.75, 1e-5);
}

TEST(Report, WhatCannotBeReportedIsSaid) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  StudyDescription study = testing::small_study();
  study.objectives[1].direction = Direction::Maximise;
  const OpenRun other = start_run(directory.path() / "other", study);
  const auto page = directory.path() / "page.html";
  EXPECT_THAT(write_report({directory.path() / "none", {}, page}).error().message, HasSubstr("no run in "));
  EXPECT_THAT(write_report({directory.path() / "run", {directory.path() / "other"}, page}).error().message,
              HasSubstr("other has other objectives than "));
  EXPECT_FALSE(std::filesystem::exists(page));
  EXPECT_THAT(write_report({directory.path() / "run", {}, "/nonexistent/page.html"}).error().message,
              HasSubstr("cannot write /nonexistent/page.html"));
}

TEST(Report, OfARunWithoutResults) {
  const TemporaryDirectory directory;
  const OpenRun run = start_run(directory.path() / "run");
  ASSERT_TRUE(write_report({directory.path() / "run"}).ok());
  const nlohmann::json data = data_of(text_of(directory.path() / "run" / "report.html"));
  EXPECT_EQ(data.at("front"), nlohmann::json::array());
  EXPECT_EQ(data.at("trials").at("id"), nlohmann::json::array());
}

TEST(ReportData, OfMoreTrialsThanThereIsRoomTheFrontAndItsAncestorsAreShown) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  for (std::uint64_t i = 0; i < 100; ++i) {
    AskedTrial trial = asked_trial(i, {0, 0, 0});
    if (i == 77) trial.candidate.parents = {CandidateId{33}};
    if (i == 33) trial.candidate.parents = {CandidateId{11}};
    ask(run.store, {trial});
    tell(run.store, {finished_trial(i, i, i == 77 ? 0.9 : 0.1, i == 77 ? 1 : 100)});
  }
  const ReportRun data = read_report_run(directory.path() / "run").value();
  EXPECT_THAT(data.front, ElementsAre(CandidateId{77}));
  EXPECT_THAT(shown_trials(data, 10), ElementsAre(0, 10, 11, 20, 30, 33, 40, 50, 60, 70, 77, 80, 90));
  EXPECT_EQ(shown_trials(data, 100).size(), 100U);
  // All have one genotype: one drawing is enough.
  EXPECT_THAT(by_interest(data), ElementsAre(CandidateId{77}));
}

TEST(ReportData, AnArchitectureIsDrawnWithItsCells) {
  StudyDescription study = testing::small_study();
  study.space = "nas_bench_201";
  study.config_text =
      "space: nas_bench_201\nevaluator: {type: command, command: [\"true\"], metrics: [val_accuracy]}\n"
      "objectives: [{maximize: val_accuracy}, {minimize: macs}]\n";
  const std::vector<GeneOption> options = {
      {"none", {}}, {"skip", {}}, {"conv1x1", {}}, {"conv3x3", {}}, {"pool3x3", {}}};
  study.genes.clear();
  for (const char* edge : {"1<-0", "2<-0", "2<-1", "3<-0", "3<-1", "3<-2"}) {
    study.genes.push_back({std::string("cell.") + edge, options, {}, {}, ""});
  }
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run", study);
  ask(run.store, {asked_trial(0, {3, 3, 3, 3, 3, 3}), asked_trial(1, {3, 3, 3, 3, 3, 3})});
  tell(run.store, {finished_trial(0, 0, 0.5, 3), finished_trial(1, 1, 0.5, 3)});
  ASSERT_TRUE(write_report({directory.path() / "run"}).ok());
  const nlohmann::json data = data_of(text_of(directory.path() / "run" / "report.html"));
  EXPECT_EQ(data.at("why_no_drawings"), "");
  ASSERT_EQ(data.at("drawings").size(), 1U);
  const auto& drawing = data.at("drawings").at("3,3,3,3,3,3");
  EXPECT_THAT(drawing.at("network").get<std::string>(), ::testing::StartsWith("<svg"));
  ASSERT_EQ(drawing.at("cells").size(), 1U);
  EXPECT_EQ(drawing.at("cells").at(0).at(0), "cell");
}

}  // namespace
}  // namespace nas
