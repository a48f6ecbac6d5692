#include "mpi/child_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

namespace nas {
namespace {

constexpr std::array<std::string_view, 5> kMpiPrefixes{"OMPI_", "PMIX_", "PRTE_", "ORTE_", "PMI_"};

std::string_view variable_name(std::string_view entry) { return entry.substr(0, entry.find('=')); }

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings(int socket, int log) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, socket, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, socket, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, log, STDERR_FILENO);
    // Libraries of the rank may hold descriptors without CLOEXEC; a child must not keep them open.
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

std::vector<std::string> child_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const bool of_mpi = std::ranges::any_of(kMpiPrefixes, [&](auto prefix) { return text.starts_with(prefix); });
    const bool replaced =
        std::ranges::any_of(extra, [&](auto& other) { return variable_name(other) == variable_name(text); });
    if (!of_mpi && !replaced) entries.emplace_back(text);
  }
  entries.insert(entries.end(), extra.begin(), extra.end());
  return entries;
}

Result<ChildProcess> ChildProcess::start(const ChildSpec& spec) {
  NAS_CHECK(!spec.command.empty(), "a child without a command");
  int sockets[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return Error{fmt::format("no socket for a child process ({}), try fewer workers or a higher `ulimit -n`",
                             std::strerror(errno))};
  }
  // Only our end: the child's end is an ordinary blocking standard input and output.
  fcntl(sockets[0], F_SETFL, O_NONBLOCK);

  std::vector<std::string> arguments{spec.guard_program, "guard", "--"};
  arguments.insert(arguments.end(), spec.command.begin(), spec.command.end());
  std::vector<std::string> environment = child_environment(spec.environment);
  pid_t pid = 0;
  int error = 0;
  {
    const SpawnSettings settings(sockets[1], spec.log_descriptor);
    error = posix_spawn(&pid, spec.guard_program.c_str(), &settings.actions, &settings.attributes,
                        pointers(arguments).data(), pointers(environment).data());
  }
  close(sockets[1]);
  if (error != 0) {
    close(sockets[0]);
    return Error{fmt::format("cannot start {} ({}), is it an executable of this machine?", spec.guard_program,
                             std::strerror(error))};
  }
  return ChildProcess(pid, sockets[0], spec.max_line_bytes);
}

ChildProcess::ChildProcess(pid_t guard, int socket, std::size_t max_line_bytes)
    : guard_(guard), socket_(socket), max_line_bytes_(max_line_bytes) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : guard_(std::exchange(other.guard_, 0)),
      socket_(std::exchange(other.socket_, -1)),
      max_line_bytes_(other.max_line_bytes_),
      status_(other.status_),
      unsent_(std::move(other.unsent_)),
      sent_(other.sent_),
      partial_(std::move(other.partial_)) {}

ChildProcess::~ChildProcess() {
  if (guard_ == 0) return;
  if (!try_reap()) {
    terminate();
    (void)reap(kEndPatience);
  }
  close(socket_);
}

void ChildProcess::write_line(const std::string& line) {
  unsent_ += line;
  unsent_ += '\n';
  send_queued();
}

void ChildProcess::send_queued() {
  while (has_unsent()) {
    const ssize_t count = send(socket_, unsent_.data() + sent_, unsent_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (count < 0) return;  // the child is gone: reading finds that out
    sent_ += static_cast<std::size_t>(count);
  }
  unsent_.clear();
  sent_ = 0;
}

ChildProcess::Stream ChildProcess::read_lines(std::vector<std::string>& lines) {
  constexpr int kReadsPerCall = 16;
  std::array<char, 65536> chunk;
  for (int i = 0; i < kReadsPerCall; ++i) {
    const ssize_t count = read(socket_, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Stream::Open;
    if (count < 0 && errno == ECONNRESET) return Stream::EndedUnread;  // so says a Unix socket
    if (count <= 0) return has_unsent() ? Stream::EndedUnread : Stream::Ended;
    std::string_view rest(chunk.data(), static_cast<std::size_t>(count));
    for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
      lines.push_back(std::exchange(partial_, {}).append(rest.substr(0, end)));
      rest.remove_prefix(end + 1);
    }
    partial_ += rest;
    if (partial_.size() > max_line_bytes_) {
      partial_.clear();
      return Stream::LineTooLong;
    }
  }
  return Stream::Open;
}

void ChildProcess::end_input() { shutdown(socket_, SHUT_WR); }

void ChildProcess::terminate() {
  if (status_) return;
  kill(guard_, SIGTERM);
  kill(guard_, SIGCONT);
}

void ChildProcess::abandon() {
  close(socket_);
  guard_ = 0;
}

std::optional<int> ChildProcess::try_reap() {
  if (status_) return status_;
  int status = 0;
  const pid_t pid = waitpid(guard_, &status, WNOHANG);
  // Failing means that somebody else took the status (SIGCHLD ignored): gone it is all the same.
  if (pid == guard_ || (pid < 0 && errno == ECHILD)) status_ = status;
  return status_;
}

std::optional<int> ChildProcess::reap(std::chrono::milliseconds patience) {
  constexpr std::chrono::microseconds kFirstSleep{50};
  constexpr std::chrono::microseconds kLongestSleep{5000};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (auto sleep = kFirstSleep; !try_reap() && std::chrono::steady_clock::now() < deadline;) {
    std::this_thread::sleep_for(sleep);
    sleep = std::min(2 * sleep, kLongestSleep);
  }
  return status_;
}

}  // namespace nas
