#include "experiments/commands/front.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "experiments/commands/text_table.h"
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

std::string front_of_run(const std::filesystem::path& run, Output output) {
  std::ostringstream text;
  const Result<Unit> printed = print_front(run, output, text);
  return printed ? text.str() : printed.error().message;
}

/// val_accuracy up, macs down. Front by hand: 4 (0.9, 300), 1 (0.8, 200), 3 (0.5, 100); 0 is
/// dominated by 1, 2 failed, 5 breaks its limit, 6 runs.
void fill(OpenRun& run) {
  ask(run.store,
      {asked_trial(0, {0, 0, 0}), asked_trial(1, {0, 1, 1}), asked_trial(2, {0, 0, 1}), asked_trial(3, {1, 0, 0}),
       asked_trial(4, {0, 1, 0}), asked_trial(5, {1, 1, 0}), asked_trial(6, {0, 0, 1})});
  FinishedTrial over_limit = finished_trial(5, 5, 0.99, 1);
  over_limit.constraints = {0.25};
  tell(run.store,
       {finished_trial(0, 0, 0.7, 250), finished_trial(1, 1, 0.8, 200), failed_trial(2, 2, FailureType::Diverged),
        finished_trial(4, 3, 0.9, 300), finished_trial(3, 4, 0.5, 100), over_limit});
}

TEST(Front, TextIsATableSortedByTheFirstObjective) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  EXPECT_EQ(front_of_run(run.directory.path(), Output::Text),
            "id  val_accuracy  macs  op    width  kernel\n"
            " 4           0.9   300  conv  0.5    3\n"
            " 1           0.8   200  conv  0.5    5\n"
            " 3           0.5   100  pool  8      -\n");
}

TEST(Front, JsonHasChoicesOfActiveGenesOnly) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  const auto json = nlohmann::json::parse(front_of_run(run.directory.path(), Output::Json));
  EXPECT_EQ(json.at("objectives"), nlohmann::json::parse(R"([{"name": "val_accuracy", "direction": "maximize"},
                                                             {"name": "macs", "direction": "minimize"}])"));
  ASSERT_EQ(json.at("front").size(), 3U);
  EXPECT_EQ(json.at("front").at(1), nlohmann::json::parse(
                                        R"({"id": 1, "objectives": {"val_accuracy": 0.8, "macs": 200.0},
                                            "genotype": "0,1,1", "choices": {"op": "conv", "width": 0.5, "kernel": 5}})"));
  EXPECT_EQ(json.at("front").at(2).at("choices"), nlohmann::json::parse(R"({"op": "pool", "width": 8})"));
}

/// A candidate of `epochs` of 9; `continues` negative: from the start.
AskedTrial partial(std::uint64_t id, std::int32_t epochs, std::int64_t continues = -1) {
  AskedTrial trial = asked_trial(id, {0, 0, 0});
  trial.candidate.budget = epochs;
  trial.candidate.full_budget = 9;
  if (continues >= 0) trial.candidate.continues = CandidateId{static_cast<std::uint64_t>(continues)};
  return trial;
}

// 0 goes on as 3, whose own continuation 4 fails; 5 reaches 9 epochs as 6; 7 is stopped before that.
TEST(Front, OnlyTheMostEpochsCompete) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {partial(0, 1), partial(1, 1), partial(2, 1), partial(3, 3, 0), partial(4, 9, 3), partial(5, 3),
                  partial(6, 9, 5), partial(7, 9)});
  tell(run.store, {finished_trial(0, 0, 0.9, 90), finished_trial(1, 1, 0.95, 90), finished_trial(2, 2, 0.1, 500)});
  const auto front_ids = [&] {
    std::vector<int> ids;
    const auto json = nlohmann::json::parse(front_of_run(run.directory.path(), Output::Json));
    for (const auto& member : json.at("front")) ids.push_back(member.at("id"));
    ids.push_back(-json.at("left_out").get<int>());
    return ids;
  };
  EXPECT_EQ(front_ids(), (std::vector{1, 0})) << "alike as long as nobody has more epochs";
  tell(run.store, {finished_trial(3, 3, 0.8, 100), failed_trial(4, 4, FailureType::Diverged)});
  EXPECT_EQ(front_ids(), (std::vector{3, -2})) << "a failed continuation leaves what it continued";
  FinishedTrial stopped = finished_trial(7, 7, 0.99, 1);
  stopped.evaluation.stopped = true;
  tell(run.store, {finished_trial(5, 5, 0.6, 100), finished_trial(6, 6, 0.7, 100), stopped});
  EXPECT_EQ(front_ids(), (std::vector{6, -4}));
  EXPECT_THAT(front_of_run(run.directory.path(), Output::Text), HasSubstr("\n4 results at fewer epochs left out\n"));
}

TEST(Front, ARunWithoutResultsSaysSo) {
  const TemporaryDirectory directory;
  const OpenRun run = start_run(directory.path() / "run");
  EXPECT_EQ(front_of_run(run.directory.path(), Output::Text), "no finished trial meets every limit yet\n");
  EXPECT_EQ(nlohmann::json::parse(front_of_run(run.directory.path(), Output::Json)).at("front").size(), 0U);
}

TEST(Front, NoRunIsAnError) {
  const TemporaryDirectory directory;
  EXPECT_THAT(front_of_run(directory.path() / "none", Output::Text), HasSubstr("no run in"));
  testing::write_text(directory.path() / "notes", "x");
  EXPECT_THAT(front_of_run(directory.path(), Output::Text), HasSubstr("is no run directory"));
}

TEST(Front, AGenotypeOutsideTheSpaceIsAnError) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  fill(run);
  Database(run.directory.study(), Database::Access::ReadWrite)
      .execute("UPDATE nas_trials SET genotype = '0,7,0' WHERE number = 1");
  EXPECT_THAT(front_of_run(run.directory.path(), Output::Text), HasSubstr("damaged"));
  Database(run.directory.study(), Database::Access::ReadWrite).execute("UPDATE nas_trials SET genotype = '0'");
  EXPECT_THAT(front_of_run(run.directory.path(), Output::Text), HasSubstr("damaged"));
}

TEST(TextTable, CountsCharactersNotBytes) {
  std::ostringstream text;
  print_table({{"a"}, {"b", Align::Right}}, {{"\xc3\xa9\xc3\xa9", "1"}, {"x", "22"}}, text);
  EXPECT_EQ(text.str(), "a    b\n\xc3\xa9\xc3\xa9   1\nx   22\n");
}

TEST(TextTable, Numbers) {
  EXPECT_EQ(display_number(40551040), "40551040");
  EXPECT_EQ(display_number(0.912345678), "0.912346");
  EXPECT_EQ(display_number(-0.0), "0");
  EXPECT_EQ(display_number(1e300), "1e+300");
  EXPECT_EQ(display_duration(3723.4), "1:02:03");
  EXPECT_EQ(display_duration(-1), "0:00:00");
}

}  // namespace
}  // namespace nas
