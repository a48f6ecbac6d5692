// What other processes see of a store, and what is left when its writer is killed.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/store/study_store.h"
#include "tests/experiments/child_process.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using testing::asked_trial;
using testing::ChildProcess;
using testing::finished_trial;
using testing::small_study;
using testing::TemporaryDirectory;

constexpr std::uint64_t kBatch = 3;

/// Asks and tells batches without end; reports how many results are committed after each.
void search_forever(const fs::path& path, Journal journal, const ChildProcess::Report& report) {
  const RunDirectory run = RunDirectory::create(path).value();
  StudyStore store = StudyStore::create(run, small_study(), journal).value();
  for (std::uint64_t next = 0;; next += kBatch) {
    std::vector<AskedTrial> asked;
    std::vector<FinishedTrial> told;
    for (std::uint64_t id = next; id < next + kBatch; ++id) {
      asked.push_back(asked_trial(id, {0, 1, 1}, next));
      told.push_back(finished_trial(id, id, 0.5, static_cast<double>(id)));
    }
    store.asked(asked);
    store.finished(told);
    report(next + kBatch);
  }
}

class StoreProcesses : public ::testing::TestWithParam<Journal> {};

TEST_P(StoreProcesses, AKilledWriterLosesNothingThatWasCommitted) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  ChildProcess search([&](const auto& report) { search_forever(path, GetParam(), report); });
  std::uint64_t committed = 0;
  while (committed < 30) committed = search.next_report();
  search.kill_now();

  const RunDirectory run = RunDirectory::resume(path).value();
  StudyStore store = StudyStore::resume(run, GetParam()).value();
  const TrialHistory history = store.history();
  EXPECT_GE(history.finished.size(), committed);
  EXPECT_EQ(history.finished.size() % kBatch, 0U) << "half a batch";
  EXPECT_GE(history.asked.size(), history.finished.size());
  EXPECT_LE(history.asked.size(), history.finished.size() + kBatch);
  for (const FinishedTrial& trial : history.finished) {
    EXPECT_EQ(trial, finished_trial(trial.told_index, trial.told_index, 0.5, static_cast<double>(trial.told_index)));
  }
}

TEST_P(StoreProcesses, AReaderBesideTheWriterSeesWholeBatches) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  ChildProcess search([&](const auto& report) { search_forever(path, GetParam(), report); });
  std::size_t seen = 0;
  for (int look = 0; look < 10; ++look) {
    const std::uint64_t committed = search.next_report();
    const Database study(path / "study.db", Database::Access::ReadOnly, vfs_for(GetParam()));
    const TrialHistory history = read_history(study);
    EXPECT_GE(history.finished.size(), committed);
    EXPECT_GE(history.finished.size(), seen);
    EXPECT_EQ(history.finished.size() % kBatch, 0U);
    seen = history.finished.size();
  }
}

std::string name_of(const ::testing::TestParamInfo<Journal>& instance) {
  switch (instance.param) {
    case Journal::Wal:
      return "Wal";
    case Journal::Rollback:
      return "Rollback";
    case Journal::DotFile:
      return "DotFile";
  }
  return "";
}

INSTANTIATE_TEST_SUITE_P(Journals, StoreProcesses, ::testing::Values(Journal::Wal, Journal::Rollback, Journal::DotFile),
                         name_of);

}  // namespace
}  // namespace nas
