#include "experiments/store/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <iterator>

#include "tests/experiments/child_process.h"
#include "tests/experiments/store_fixture.h"

namespace nas {
namespace {

namespace fs = std::filesystem;
using testing::ChildProcess;
using ::testing::HasSubstr;
using testing::start_run;
using testing::TemporaryDirectory;
using testing::write_text;

/// Exit code of `work` in a process that file permissions apply to, also when the tests run as root.
int as_ordinary_user(const std::function<int()>& work) {
  const pid_t process = fork();
  NAS_CHECK(process >= 0, "no process");
  if (process == 0) {
    constexpr uid_t kNobody = 65534;
    const bool dropped = geteuid() != 0 || setresuid(kNobody, kNobody, kNobody) == 0;
    try {
      _exit(dropped ? work() : 99);
    } catch (...) {
      _exit(98);
    }
  }
  int status = 0;
  waitpid(process, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string error_of(const Result<RunDirectory>& result) { return result ? "no error" : result.error().message; }

TEST(RunDirectory, CreatesParentsAndLogs) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "runs" / "first";
  const RunDirectory run = RunDirectory::create(path).value();
  run.write_config("seed: 1\n");
  EXPECT_TRUE(fs::is_directory(run.logs()));
  EXPECT_FALSE(run.holds_study());
  std::ifstream config(path / "config.yaml");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(config), {}), "seed: 1\n");
  EXPECT_FALSE(fs::exists(path / "config.yaml.new"));
}

TEST(RunDirectory, AnAbortedStartLeavesNothing) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  {
    const RunDirectory run = RunDirectory::create(path).value();
    run.write_config("seed: 1\n");
    EXPECT_EQ(run_presence(path), RunPresence::CutShort);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(RunDirectory, AKilledStartIsTakenOver) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  ChildProcess child([&](const auto& report) {
    static const RunDirectory run = RunDirectory::create(path).value();
    run.write_config("seed: 1\n");
    write_text(path / "study.db.new", "half a stu");
    report(1);
  });
  ASSERT_EQ(child.next_report(), 1U);
  child.kill_now();
  EXPECT_EQ(run_presence(path), RunPresence::CutShort);
  EXPECT_FALSE(RunDirectory::resume(path).value().holds_study());
  const testing::OpenRun run = start_run(path);
  EXPECT_EQ(run_presence(path), RunPresence::Run);
  EXPECT_FALSE(fs::exists(path / "study.db.new"));
}

TEST(RunDirectory, ARunIsNotOverwritten) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  start_run(path);
  EXPECT_EQ(error_of(RunDirectory::create(path)),
            "run directory " + path.string() + " exists, continue it with --resume or choose another with --run");
  EXPECT_TRUE(RunDirectory::resume(path).value().holds_study());
}

TEST(RunDirectory, OtherPeoplesFilesStay) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "thesis.tex", "x");
  EXPECT_THAT(error_of(RunDirectory::create(directory.path())), HasSubstr("there are other files and no study.db"));
  EXPECT_THAT(error_of(RunDirectory::resume(directory.path())), HasSubstr("holds no run"));
  EXPECT_TRUE(fs::exists(directory.path() / "thesis.tex"));
  EXPECT_FALSE(fs::exists(directory.path() / "run.lock"));
  EXPECT_THAT(error_of(RunDirectory::create(directory.path() / "thesis.tex")), HasSubstr("a file of that name exists"));
}

TEST(RunDirectory, PlacesThatCannotBeWrittenAreErrors) {
  const TemporaryDirectory directory;
  write_text(directory.path() / "file", "x");
  EXPECT_THAT(error_of(RunDirectory::create(directory.path() / "file" / "run")),
              HasSubstr("cannot create run directory"));
  EXPECT_THAT(error_of(RunDirectory::create("/proc/nas-run")), HasSubstr("cannot create run directory"));
  const int verdict = as_ordinary_user([&] {
    const Result<RunDirectory> run = RunDirectory::create(directory.path() / "locked" / "run");
    return !run && run.error().message.find("Permission denied") != std::string::npos ? 0 : 1;
  });
  // mkdtemp's directory is closed to others: with root's rights dropped it cannot be entered.
  if (geteuid() == 0) {
    EXPECT_EQ(verdict, 0);
  }
}

TEST(RunDirectory, NothingToResume) {
  const TemporaryDirectory directory;
  EXPECT_THAT(error_of(RunDirectory::resume(directory.path() / "none")), HasSubstr("start it without --resume"));
}

TEST(RunDirectory, ALiveRunIsLockedForOthers) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  ChildProcess child([&](const auto& report) {
    static const testing::OpenRun run = start_run(path);
    report(1);
  });
  ASSERT_EQ(child.next_report(), 1U);
  EXPECT_THAT(error_of(RunDirectory::resume(path)),
              HasSubstr("another search (pid " + std::to_string(child.process())));
  const LockHolder holder = probe_run_lock(path / "run.lock");
  EXPECT_TRUE(is_held(holder));
  EXPECT_EQ(holder.process, child.process());
  child.kill_now();
  EXPECT_FALSE(is_held(probe_run_lock(path / "run.lock")));
  EXPECT_TRUE(RunDirectory::resume(path).ok());
}

TEST(RunDirectory, ALookAtTheLockDoesNotDropIt) {
  const TemporaryDirectory directory;
  const testing::OpenRun run = start_run(directory.path() / "run");
  EXPECT_TRUE(is_held(probe_run_lock(run.directory.path() / "run.lock")));
  EXPECT_TRUE(is_held(probe_run_lock(run.directory.path() / "run.lock")));
  EXPECT_THAT(error_of(RunDirectory::resume(run.directory.path())), HasSubstr("another search"));
}

TEST(RunLock, WhereThereAreNoLocksTheTextDecides) {
  std::array<char, 256> host{};
  ASSERT_EQ(gethostname(host.data(), host.size() - 1), 0);
  EXPECT_TRUE(is_held({LockState::Unsupported, host.data(), getpid()}));
  EXPECT_TRUE(is_held({LockState::Unsupported, "elsewhere", 1}));
  EXPECT_FALSE(is_held({LockState::Unsupported, "", 0}));
  const pid_t gone = fork();
  if (gone == 0) _exit(0);
  ASSERT_EQ(waitpid(gone, nullptr, 0), gone);
  EXPECT_FALSE(is_held({LockState::Unsupported, host.data(), gone}));
}

TEST(RunDirectory, AReadOnlyRunCanBeRead) {
  const TemporaryDirectory directory;
  const fs::path path = directory.path() / "run";
  {
    testing::OpenRun run = start_run(path);
    testing::ask(run.store, {testing::asked_trial(0, {0, 0, 0})});
  }
  fs::permissions(path, fs::perms(0555));
  fs::permissions(path / "study.db", fs::perms(0444));
  fs::permissions(directory.path(), fs::perms(0755));
  const int trials = as_ordinary_user([&] {
    const Result<Database> study = open_study(path);
    return study ? static_cast<int>(read_trials(*study).size()) : 50;
  });
  EXPECT_EQ(trials, 1);
  // Results that only the log holds cannot be merged there: an error and not an old state.
  write_text(path / "study.db-wal", "not merged yet");
  const int refused = as_ordinary_user([&] {
    const Result<Database> study = open_study(path);
    return !study && study.error().message.find("study.db-wal") != std::string::npos ? 0 : 1;
  });
  fs::permissions(path, fs::perms(0755));
  EXPECT_EQ(refused, 0);
}

}  // namespace
}  // namespace nas
