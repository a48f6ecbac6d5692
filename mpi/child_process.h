// One child under a guard: started, written to and read from without ever blocking, ended with all
// its descendants. Lines of bytes only; what they mean is child_protocol's business.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

struct ChildSpec {
  std::vector<std::string> command;
  std::string guard_program;             // an executable that calls guard_main on `guard -- COMMAND...`
  std::vector<std::string> environment;  // "NAME=value", on top of the rank's own without MPI's variables
  int log_descriptor = -1;               // becomes standard error; stays the caller's
  std::size_t max_line_bytes = 64U << 20;
};

/// Used from one thread. Standard input and output of the child are one end of a socket of which
/// this holds the other.
class ChildProcess {
 public:
  enum class Stream {
    Open,
    Ended,        // nothing more will come, the process is about to end or has ended
    EndedUnread,  // the same, and it has not read all that was written to it
    LineTooLong,
  };

  /// Error: the guard program cannot be started. That the command itself cannot be started shows
  /// as exit code 127 and a line in the log.
  [[nodiscard]] static Result<ChildProcess> start(const ChildSpec& spec);

  /// Ends the child and all its descendants and waits for that, at most kEndPatience.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// To poll: always for POLLIN, for POLLOUT while has_unsent().
  [[nodiscard]] int descriptor() const { return socket_; }
  [[nodiscard]] bool has_unsent() const { return sent_ < unsent_.size(); }

  /// Queues `line` with a newline and sends what the socket takes now.
  void write_line(const std::string& line);
  /// Sends what the socket takes now.
  void send_queued();
  /// Appends the complete lines that are there, at most about 1 MiB a call.
  [[nodiscard]] Stream read_lines(std::vector<std::string>& lines);

  /// The child reads end of file: the polite way to ask it to exit.
  void end_input();
  /// Asks the guard to kill everything now; returns at once. The stream ends when all is gone.
  void terminate();
  /// Wait status of the child once it has ended (see waitpid).
  [[nodiscard]] std::optional<int> try_reap();
  /// The same, waiting at most `patience`; sleeps.
  [[nodiscard]] std::optional<int> reap(std::chrono::milliseconds patience);

  /// Waits for nothing any more, also not on destruction: for a process that even SIGKILL does not
  /// end (it sleeps in the kernel, on a lost GPU or file server).
  void abandon();

  static constexpr std::chrono::milliseconds kEndPatience{5000};

 private:
  ChildProcess(pid_t guard, int socket, std::size_t max_line_bytes);

  pid_t guard_;  // 0: moved from
  int socket_;
  std::size_t max_line_bytes_;
  std::optional<int> status_;
  std::string unsent_;
  std::size_t sent_ = 0;
  std::string partial_;  // a line without its end
};

/// The environment of a child: ours without the variables by which MPI libraries know their ranks,
/// then `extra`, which wins.
[[nodiscard]] std::vector<std::string> child_environment(const std::vector<std::string>& extra);

}  // namespace nas
