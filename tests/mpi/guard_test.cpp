#include "mpi/guard.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <csignal>

#include "mpi/child_process.h"
#include "mpi/process_tree.h"
#include "tests/mpi/child_fixture.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

class GuardTest : public ChildFixture {
 protected:
  /// Another process that supervises one child with this job, as a rank does; it never returns.
  pid_t start_supervisor(Misbehaviour how) {
    const pid_t pid = fork();
    if (pid != 0) return pid;
    ChildEvaluator evaluator(options(1));
    evaluator.submit(job(1, how));
    for (;;) (void)evaluator.wait_some(1s);
  }

  static void end(pid_t pid, int signal) {
    kill(pid, signal);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
  }
};

TEST_F(GuardTest, NothingSurvivesASupervisorThatIsKilled) {
  const pid_t supervisor = start_supervisor(Misbehaviour::OrphanThenHang);
  EXPECT_TRUE(wait_for_processes(marker_, 3));  // guard, child, orphan
  end(supervisor, SIGKILL);
  EXPECT_TRUE(wait_for_processes(marker_, 0));
}

TEST_F(GuardTest, NotEvenAStoppedChild) {
  const pid_t supervisor = start_supervisor(Misbehaviour::StopItself);
  EXPECT_TRUE(wait_for_processes(marker_, 2));
  end(supervisor, SIGKILL);
  EXPECT_TRUE(wait_for_processes(marker_, 0));
}

class MirrorTest : public GuardTest {
 protected:
  int status_of(std::vector<std::string> command) {
    ChildSpec spec{std::move(command), NAS_GUARD_TOOL, {}, STDERR_FILENO};
    Result<ChildProcess> child = ChildProcess::start(spec);
    return child.value().reap(30s).value();
  }
};

TEST_F(MirrorTest, EndsAsTheCommandEnds) {
  EXPECT_EQ(WEXITSTATUS(status_of({"sh", "-c", "exit 0"})), 0);
  EXPECT_EQ(WEXITSTATUS(status_of({"sh", "-c", "exit 42"})), 42);
  EXPECT_EQ(WTERMSIG(status_of({"sh", "-c", "kill -SEGV $$"})), SIGSEGV);
  EXPECT_EQ(WTERMSIG(status_of({"sh", "-c", "kill -KILL $$"})), SIGKILL);
  EXPECT_EQ(WTERMSIG(status_of({"sh", "-c", "kill -TERM $$"})), SIGTERM);
  EXPECT_EQ(WEXITSTATUS(status_of({"/no/such/program"})), 127);
}

TEST(ProcessTree, FindsGrandchildren) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (fork() == 0) {
      [[maybe_unused]] const ssize_t count = write(ready[1], "x", 1);
    }
    for (;;) pause();
  }
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  const std::vector<pid_t> found = descendants_of(getpid());
  EXPECT_EQ(found.size(), 2U);
  EXPECT_THAT(found, ::testing::Contains(child));
  for (const pid_t pid : found) kill(pid, SIGKILL);
  waitpid(child, nullptr, 0);
  close(ready[0]);
  close(ready[1]);
}

}  // namespace
}  // namespace nas
