// A forked process for tests of what survives one.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <functional>

#include "nas/check.h"

namespace nas::testing {

/// Runs `work` in a process of its own, then waits there to be killed. `work` may report numbers.
/// What escapes from it ends the process: the tests go on in the parent only.
class ChildProcess {
 public:
  using Report = std::function<void(std::uint64_t)>;

  explicit ChildProcess(const std::function<void(const Report&)>& work) {
    std::array<int, 2> ends{};
    NAS_CHECK(pipe(ends.data()) == 0, "no pipe");
    process_ = fork();
    NAS_CHECK(process_ >= 0, "no process");
    if (process_ == 0) {
      close(ends[0]);
      run(work, ends[1]);
    }
    close(ends[1]);
    from_child_ = ends[0];
  }
  ~ChildProcess() {
    kill_now();
    close(from_child_);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for the next reported number. Throws if the child is gone and has left none.
  std::uint64_t next_report() {
    std::uint64_t value = 0;
    NAS_CHECK(read(from_child_, &value, sizeof value) == ssize_t{sizeof value}, "the child ended early");
    return value;
  }

  void kill_now() {
    if (process_ <= 0) return;
    kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  [[nodiscard]] pid_t process() const { return process_; }

 private:
  [[noreturn]] static void run(const std::function<void(const Report&)>& work, int to_parent) noexcept {
    work([&](std::uint64_t value) {
      if (write(to_parent, &value, sizeof value) != ssize_t{sizeof value}) _exit(1);
    });
    for (;;) pause();
  }

  pid_t process_ = 0;
  int from_child_ = -1;
};

}  // namespace nas::testing
