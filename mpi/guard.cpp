#include "mpi/guard.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <string_view>
#include <vector>

#include "mpi/process_tree.h"

namespace nas {
namespace {

constexpr int kUsageExit = 2;
constexpr int kCannotStartExit = 127;  // as shells say it
constexpr int kKilledExit = 1;

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&set, signal);
  return set;
}

/// In the forked process; never returns.
[[noreturn]] void become_command(const std::vector<char*>& argv, pid_t guard) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  // The guard may have died before the line above took effect.
  if (getppid() != guard) _exit(kKilledExit);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvp(argv[0], argv.data());
  dprintf(STDERR_FILENO, "cannot start '%s': %s\n", argv[0], std::strerror(errno));
  _exit(kCannotStartExit);
}

pid_t start_command(const std::vector<char*>& argv) {
  const pid_t guard = getpid();
  const pid_t pid = fork();
  if (pid == 0) become_command(argv, guard);
  // Both sides set the group, so that it is there whoever runs first.
  if (pid > 0) setpgid(pid, pid);
  return pid;
}

/// Reaps all that ended; true once nothing is left to wait for. `status` is set when `command` was
/// among them.
bool reap(pid_t command, std::optional<int>& status) {
  for (;;) {
    int ended = 0;
    const pid_t pid = waitpid(-1, &ended, WNOHANG);
    if (pid == command) status = ended;
    if (pid < 0 && errno != EINTR) return true;
    if (pid == 0) return false;
  }
}

/// False if none of them may be killed (they changed their user): waiting would be for ever.
bool kill_all(const std::vector<pid_t>& processes) {
  bool any = processes.empty();
  for (const pid_t pid : processes) any = kill(pid, SIGKILL) == 0 || errno == ESRCH || any;
  return any;
}

/// Kills the command's group, then whatever else descends from this process: those that left the
/// group were handed to us by the kernel because we are their subreaper.
void end_descendants(pid_t command, std::optional<int>& status) {
  constexpr timespec kBetweenRounds{0, 5'000'000};
  sigset_t child_ended;
  sigemptyset(&child_ended);
  sigaddset(&child_ended, SIGCHLD);
  // Once reaped, the number of the command may belong to somebody else, but as a group it stays
  // ours as long as a member lives, and is free otherwise.
  kill(-command, SIGKILL);
  while (!reap(command, status)) {
    if (!kill_all(descendants_of(getpid()))) return;
    sigtimedwait(&child_ended, nullptr, &kBetweenRounds);
  }
}

/// Waits for the command's end; none if it was the rank that went away.
std::optional<int> watch(pid_t command, int signals) {
  pollfd watched[] = {{signals, POLLIN, 0}, {STDIN_FILENO, 0, 0}};
  std::optional<int> status;
  for (;;) {
    if (poll(watched, 2, -1) < 0 && errno != EINTR) return std::nullopt;
    signalfd_siginfo info{};
    if ((watched[0].revents & POLLIN) != 0 && read(signals, &info, sizeof info) == sizeof info) {
      if (info.ssi_signo != SIGCHLD) return std::nullopt;
      reap(command, status);
      if (status) return status;
    }
    if ((watched[1].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0) return std::nullopt;
  }
}

int end_like(int status) {
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  const int number = WTERMSIG(status);
  std::signal(number, SIG_DFL);
  sigset_t just_this;
  sigemptyset(&just_this);
  sigaddset(&just_this, number);
  sigprocmask(SIG_UNBLOCK, &just_this, nullptr);
  raise(number);
  return 128 + number;  // the signal does not end processes by itself
}

}  // namespace

int guard_main(std::span<char* const> arguments) {
  if (arguments.size() < 2 || std::string_view(arguments[0]) != "--") {
    dprintf(STDERR_FILENO, "guard: no command (it runs one for `nas search`), use: nas guard -- COMMAND...\n");
    return kUsageExit;
  }
  std::vector<char*> argv(arguments.begin() + 1, arguments.end());
  argv.push_back(nullptr);

  prctl(PR_SET_CHILD_SUBREAPER, 1);
  const sigset_t signals = watched_signals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  const int signal_descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t command = signal_descriptor < 0 ? -1 : start_command(argv);
  if (command < 0) {
    dprintf(STDERR_FILENO, "guard: cannot start '%s': %s\n", argv[0], std::strerror(errno));
    return kCannotStartExit;
  }
  std::optional<int> status = watch(command, signal_descriptor);
  const bool command_ended = status.has_value();
  end_descendants(command, status);
  return command_ended ? end_like(*status) : kKilledExit;
}

}  // namespace nas
