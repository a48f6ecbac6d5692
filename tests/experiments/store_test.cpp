#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "experiments/store/encoding.h"
#include "experiments/store/study_rows.h"
#include "experiments/store/study_store.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using testing::ask;
using testing::asked_trial;
using testing::failed_trial;
using testing::finished_trial;
using ::testing::HasSubstr;
using testing::OpenRun;
using testing::small_study;
using testing::start_run;
using testing::tell;
using testing::TemporaryDirectory;
using testing::write_text;

/// One number or text from the database, through a connection of its own.
std::string query(const fs::path& run, const std::string& sql) {
  const Database database(run / "study.db", Database::Access::ReadOnly);
  Statement statement(database, sql);
  statement.start();
  return statement.step() ? statement.text(0) : std::string("no row");
}

TEST(Store, GivesBackExactlyWhatWasWritten) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  std::vector<AskedTrial> asked = {asked_trial(0, {0, 1, 1}), asked_trial(1, {1, 0, 0}), asked_trial(2, {1, 1, 0}, 1)};
  asked[2].candidate.parents = {CandidateId{0}, CandidateId{1}};
  asked[2].candidate.origin = "crossover";
  asked[2].candidate.continues = CandidateId{1};
  asked[2].candidate.stop_above = {0.1, std::numeric_limits<double>::infinity()};
  asked[2].candidate.full_budget = 27;
  asked[2].computed = {{"macs", 0.1}, {"tiny", std::numeric_limits<double>::denorm_min()}};
  std::vector<FinishedTrial> told = {finished_trial(1, 0, 1.0 / 3, 1e300),
                                     failed_trial(0, 1, FailureType::OutOfMemory)};
  told[0].evaluation.stopped = true;
  {
    OpenRun run = start_run(path);
    run.store.asked(std::span(asked).first(2));
    run.store.finished(std::span(told).first(1));
    run.store.asked(std::span(asked).last(1));
    run.store.finished(std::span(told).last(1));
    EXPECT_EQ(run.store.history().asked, asked);
    EXPECT_EQ(run.store.history().finished, told);
  }
  const RunDirectory resumed = RunDirectory::resume(path).value();
  const StudyStore store = StudyStore::resume(resumed).value();
  EXPECT_EQ(store.description(), small_study());
  EXPECT_EQ(store.history().asked, asked);
  EXPECT_EQ(store.history().finished, told);
}

TEST(Store, KeepsValuesThatAreNotFinite) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 0, 0})});
  FinishedTrial trial = finished_trial(0, 0, 0.5, 1);
  trial.evaluation.metrics["val_loss"] = -std::numeric_limits<double>::infinity();
  trial.evaluation.metrics["extra"] = std::numeric_limits<double>::quiet_NaN();
  trial.evaluation.curve[0].metrics["val_accuracy"] = std::numeric_limits<double>::infinity();
  tell(run.store, {trial});
  const FinishedTrial stored = run.store.history().finished.at(0);
  EXPECT_EQ(stored.evaluation.metrics.at("val_loss"), -std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(stored.evaluation.metrics.at("extra")));
  EXPECT_EQ(query(run.directory.path(), "SELECT intermediate_value_type FROM trial_intermediate_values WHERE step = 1"),
            "INF_POS");
  EXPECT_EQ(query(run.directory.path(), "SELECT value_json FROM trial_user_attributes WHERE \"key\" = 'extra'"), "NaN");
}

TEST(Store, IsDurableAndVisibleWhenACallReturns) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  const fs::path& path = run.directory.path();
  EXPECT_EQ(query(path, "SELECT count(*) FROM trials"), "0");
  ask(run.store, {asked_trial(0, {0, 1, 1})});
  EXPECT_EQ(query(path, "SELECT state FROM trials"), "RUNNING");
  EXPECT_EQ(query(path, "SELECT count(*) FROM trial_params"), "3");
  tell(run.store, {finished_trial(0, 0, 0.5, 1)});
  EXPECT_EQ(query(path, "SELECT state FROM trials"), "COMPLETE");
  EXPECT_EQ(query(path, "SELECT count(*) FROM trial_values"), "2");
}

TEST(Store, AReaderKeepsItsSnapshotWhileTheSearchWrites) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  Database reader = open_study(run.directory.path()).value();
  const Transaction snapshot(reader, Transaction::Kind::Read);
  EXPECT_EQ(read_trials(reader).size(), 0U);
  ask(run.store, {asked_trial(0, {0, 0, 0})});
  EXPECT_EQ(read_trials(reader).size(), 0U);
  EXPECT_EQ(read_trials(open_study(run.directory.path()).value()).size(), 1U);
}

TEST(Store, OneTrialIsReadAlone) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {1, 1, 0}), asked_trial(2, {0, 1, 0})});
  const Database reader = open_study(run.directory.path()).value();
  const std::vector<StoredTrial> trials = read_trials(reader, CandidateId{1});
  ASSERT_EQ(trials.size(), 1U);
  EXPECT_EQ(trials.front().asked.candidate.id, CandidateId{1});
  EXPECT_EQ(trials.front().asked.candidate.genotype, (Genotype{{1, 1, 0}}));
  EXPECT_TRUE(read_trials(reader, CandidateId{3}).empty());
}

TEST(Store, OnlyActiveGenesAreParameters) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {1, 1, 0})});
  EXPECT_EQ(query(run.directory.path(), "SELECT group_concat(param_name) FROM trial_params"), "op,width");
  EXPECT_EQ(query(run.directory.path(), "SELECT distribution_json FROM trial_params WHERE param_name = 'width'"),
            R"({"name": "CategoricalDistribution", "attributes": {"choices": [8, 0.5]}})");
  EXPECT_EQ(query(run.directory.path(), "SELECT distribution_json FROM trial_params WHERE param_name = 'op'"),
            R"({"name": "CategoricalDistribution", "attributes": {"choices": ["conv", "pool"]}})");
  EXPECT_EQ(query(run.directory.path(), "SELECT param_value FROM trial_params WHERE param_name = 'op'"), "1.0");
}

TEST(Store, AFailureHasNoValuesAndTellsWhy) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 0, 0})});
  tell(run.store, {failed_trial(0, 0, FailureType::TimedOut)});
  EXPECT_EQ(query(run.directory.path(), "SELECT state FROM trials"), "FAIL");
  EXPECT_EQ(query(run.directory.path(), "SELECT count(*) FROM trial_values"), "0");
  EXPECT_EQ(query(run.directory.path(), "SELECT value_json FROM trial_user_attributes WHERE \"key\" = 'failure_type'"),
            R"("timed_out")");
  EXPECT_EQ(
      query(run.directory.path(), "SELECT value_json FROM trial_user_attributes WHERE \"key\" = 'failure_message'"),
      R"("what \"went\" wrong")");
}

TEST(Store, AStoppedTrialIsPrunedAndKeepsItsValues) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 0, 0})});
  FinishedTrial stopped = finished_trial(0, 0, 0.5, 1);
  stopped.evaluation.stopped = true;
  tell(run.store, {stopped});
  EXPECT_EQ(query(run.directory.path(), "SELECT state FROM trials"), "PRUNED");
  EXPECT_EQ(query(run.directory.path(), "SELECT group_concat(value) FROM trial_values"), "0.5,1.0");
  EXPECT_EQ(query(run.directory.path(), "SELECT max(step) FROM trial_intermediate_values"), "2");
}

TEST(Store, APartialTrainingSaysSoToOptuna) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  AskedTrial partial = asked_trial(1, {0, 1, 0});
  partial.candidate.continues = CandidateId{0};
  partial.candidate.full_budget = 9;
  ask(run.store, {asked_trial(0, {0, 0, 0}), partial});
  EXPECT_EQ(query(run.directory.path(),
                  "SELECT group_concat(trial_id || \"key\" || value_json) FROM trial_user_attributes"
                  " WHERE \"key\" IN ('epochs', 'continues')"),
            "2continues0,2epochs3");
}

TEST(Store, AResumedRunFinishesRunningTrialsUnderTheirNumber) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {1, 0, 0})});
    tell(run.store, {finished_trial(1, 0, 0.5, 1)});
    run.store.end("evaluations used up");
  }
  EXPECT_EQ(read_ending(open_study(path).value()), "evaluations used up");
  const RunDirectory resumed = RunDirectory::resume(path).value();
  StudyStore store = StudyStore::resume(resumed).value();
  EXPECT_EQ(read_ending(open_study(path).value()), "");
  EXPECT_EQ(query(path, "SELECT state FROM trials WHERE number = 0"), "RUNNING");
  tell(store, {finished_trial(0, 1, 0.25, 2)});
  ask(store, {asked_trial(2, {1, 1, 0}, 2)});
  EXPECT_EQ(query(path, "SELECT state FROM trials WHERE number = 0"), "COMPLETE");
  EXPECT_EQ(query(path, "SELECT group_concat(number) FROM (SELECT number FROM trials ORDER BY trial_id)"), "0,1,2");
  EXPECT_EQ(query(path, "SELECT count(*) FROM nas_starts"), "2");
}

TEST(Store, RefusesAResultTwiceAndLeavesTheFirst) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  ask(run.store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {0, 1, 0})});
  tell(run.store, {finished_trial(0, 0, 0.5, 1)});
  const std::vector<FinishedTrial> batch = {finished_trial(1, 1, 0.75, 1), finished_trial(0, 2, 0.25, 1)};
  EXPECT_THROW(run.store.finished(batch), Exception);
  // The whole batch is one transaction.
  ASSERT_EQ(run.store.history().finished.size(), 1U);
  EXPECT_EQ(run.store.history().finished[0].values[0], 0.5);
}

TEST(Store, RefusesGapsInIds) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  EXPECT_THROW(ask(run.store, {asked_trial(1, {0, 0, 0})}), Exception);
}

TEST(Store, NotesGoWithTheNextTransaction) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  const fs::path& path = run.directory.path();
  run.store.note_rejected({5, 2, 1});
  run.store.note_workers(3);
  run.store.note_workers(2);
  run.store.note_event("replaced", "worker host:1.0 (signal 11)");
  EXPECT_EQ(read_rejections(open_study(path).value()), RejectionCounts{});
  ask(run.store, {asked_trial(0, {0, 0, 0})});
  EXPECT_EQ(read_rejections(open_study(path).value()), (RejectionCounts{5, 2, 1}));
  EXPECT_EQ(read_starts(open_study(path).value()).at(0).workers, 3);
  EXPECT_EQ(query(path, "SELECT kind || ': ' || text FROM nas_events"), "replaced: worker host:1.0 (signal 11)");
  run.store.flush();
  EXPECT_EQ(query(path, "SELECT count(*) FROM nas_events"), "1");
}

TEST(Store, AChangedConfigIsKept) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  EXPECT_EQ(read_config_text(run.directory.path()).value(), R"({"seed": 7})");
  run.store.update_config(R"({"seed": 7, "evaluations": 20})", 20);
  EXPECT_EQ(read_config_text(run.directory.path()).value(), R"({"seed": 7, "evaluations": 20})");
  EXPECT_EQ(read_description(open_study(run.directory.path()).value()).evaluations, 20U);
}

TEST(Store, EveryJournalKeepsTheSame) {
  for (const Journal journal : {Journal::Wal, Journal::Rollback, Journal::DotFile}) {
    const TemporaryDirectory directory;
    const fs::path path = directory.path() / "run";
    {
      const RunDirectory run = RunDirectory::create(path).value();
      StudyStore store = StudyStore::create(run, small_study(), journal).value();
      ask(store, {asked_trial(0, {0, 0, 0}), asked_trial(1, {1, 0, 0})});
      tell(store, {finished_trial(0, 0, 0.5, 1)});
      EXPECT_EQ(fs::exists(path / "study.db-wal"), journal == Journal::Wal);
    }
    if (journal == Journal::DotFile) fs::create_directory(path / "study.db.lock");  // as a killed search leaves it
    const RunDirectory run = RunDirectory::resume(path).value();
    StudyStore store = StudyStore::resume(run, journal).value();
    tell(store, {finished_trial(1, 1, 0.5, 1)});
    EXPECT_EQ(store.history().finished.size(), 2U);
  }
}

TEST(Store, ADiskThatIsFullEndsTheJobInWords) {
  const TemporaryDirectory directory;
  OpenRun run = start_run(directory.path() / "run");
  Database small(run.directory.study(), Database::Access::ReadWrite);
  small.execute("PRAGMA max_page_count = 1");
  try {
    small.execute("CREATE TABLE filler AS SELECT zeroblob(1000000)");
    FAIL() << "a full database took a megabyte";
  } catch (const SqliteError& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("no space left"));
    EXPECT_THAT(failure.what(), HasSubstr("study.db"));
    EXPECT_THAT(failure.what(), HasSubstr("--resume"));
  }
}

/// The message with which both the search and the queries refuse a directory's study.
std::string refusal(const fs::path& path) {
  const Result<Database> read = open_study(path);
  EXPECT_FALSE(read.ok());
  const RunDirectory run = RunDirectory::resume(path).value();
  const Result<StudyStore> resumed = StudyStore::resume(run);
  EXPECT_FALSE(resumed.ok());
  return resumed ? std::string() : resumed.error().message;
}

TEST(Store, RefusesWhatIsNoDatabase) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "study.db", std::string(8192, 'x'));
  EXPECT_THAT(refusal(directory.path()), HasSubstr("no SQLite database"));
}

TEST(Store, RefusesADatabaseOfSomebodyElse) {
  const TemporaryDirectory directory;
  Database(directory.path() / "study.db", Database::Access::Create).execute("CREATE TABLE theirs (x)");
  EXPECT_THAT(refusal(directory.path()), HasSubstr("is no run of nas"));
}

TEST(Store, RefusesAnEmptyFile) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "study.db", "");
  EXPECT_THAT(refusal(directory.path()), HasSubstr("is no run of nas"));
}

TEST(Store, RefusesANewerFormat) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  start_run(path);
  Database(path / "study.db", Database::Access::ReadWrite).execute("UPDATE nas_meta SET value='99' WHERE key='format'");
  EXPECT_THAT(refusal(path), HasSubstr("store format 99"));
}

TEST(Store, ATruncatedDatabaseIsAnErrorAndNotACrash) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  {
    OpenRun run = start_run(path);
    std::vector<AskedTrial> trials;
    for (std::uint64_t id = 0; id < 200; ++id) trials.push_back(asked_trial(id, {0, 0, 0}));
    ask(run.store, trials);
  }
  const std::uintmax_t size = fs::file_size(path / "study.db");
  for (const std::uintmax_t keep : {size - 4096, size / 2, std::uintmax_t{4096}, std::uintmax_t{100}}) {
    fs::resize_file(path / "study.db", keep);
    const RunDirectory run = RunDirectory::resume(path).value();
    const Result<StudyStore> resumed = StudyStore::resume(run);
    ASSERT_FALSE(resumed.ok()) << "with " << keep << " of " << size << " bytes";
    EXPECT_THAT(resumed.error().message, HasSubstr("restore"));
  }
}

TEST(Store, DamagedValuesAreAnErrorAndNotACrash) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  OpenRun run = start_run(path);
  ask(run.store, {asked_trial(0, {0, 0, 0})});
  tell(run.store, {finished_trial(0, 0, 0.5, 1)});
  Database database(path / "study.db", Database::Access::ReadWrite);
  for (const char* damage : {"UPDATE nas_trials SET genotype = 'x'",
                             "UPDATE nas_trials SET genotype = '0,0,0', computed = '[',"
                             " parents = '{'",
                             "UPDATE nas_trials SET parents = '[]', computed = '{\"a\": []}'"}) {
    database.execute(damage);
    EXPECT_THROW((void)read_history(database), Exception) << damage;
  }
  database.execute("UPDATE nas_trials SET computed = '{}'; UPDATE nas_results SET failure_type = 'unheard_of'");
  EXPECT_THROW((void)read_history(database), Exception);
}

TEST(Encoding, FollowsPythonsJson) {
  EXPECT_EQ(encoding::python_string("a\"b\n\xc3\xa9\xff"), R"("a\"b\n\u00e9\ufffd")");
  EXPECT_EQ(encoding::python_list(std::vector<double>{0.1, -2, std::numeric_limits<double>::infinity()}),
            "[0.1, -2.0, Infinity]");
  const Gene gene{"g", {{"a", {}}, {"1e-3", 1e-3}, {"3", 3.0}, {"big", 1e300}}, {}, {}, ""};
  EXPECT_EQ(encoding::distribution(gene),
            R"({"name": "CategoricalDistribution", "attributes": {"choices": ["a", 0.001, 3, 1e+300]}})");
}

TEST(Encoding, DatetimeHasMicroseconds) {
  ASSERT_EQ(setenv("TZ", "UTC", 1), 0);
  tzset();
  EXPECT_EQ(encoding::datetime(1'700'000'000.25), "2023-11-14 22:13:20.250000");
  EXPECT_EQ(encoding::datetime(1'700'000'000.9999999), "2023-11-14 22:13:21.000000");
}

TEST(CurveMetric, PrefersTheFirstObjective) {
  const std::vector<CurvePoint> both = {{1, {{"a", 1.0}, {"val_accuracy", 2.0}, {"z", 3.0}}}};
  EXPECT_EQ(curve_metric(both, "z"), "z");
  EXPECT_EQ(curve_metric(both, "z * 2"), "val_accuracy");
  EXPECT_EQ(curve_metric({{1, {}}, {2, {{"b", 1.0}}}}, "z"), "b");
  EXPECT_EQ(curve_metric({{1, {}}}, "z"), "");
}

}  // namespace
}  // namespace nas
