#include "experiments/report/background_report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace nas {
namespace {

constexpr int kNiceness = 10;  // trainers come first

/// What a child does with its descriptors before it becomes the program.
class SpawnActions {
 public:
  SpawnActions() {
    posix_spawn_file_actions_init(&actions_);
    // The path that it prints is no result of the search.
    posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

BackgroundReport::BackgroundReport(std::filesystem::path program, std::filesystem::path run,
                                   std::chrono::seconds period, Clock::time_point now)
    : program_(std::move(program)), run_(std::move(run)), period_(period), due_(now + period) {}

BackgroundReport::~BackgroundReport() {
  if (process_ == kNone) return;
  kill(process_, SIGKILL);
  int status = 0;
  static_cast<void>(has_ended(0, status));
}

bool BackgroundReport::start() {
  std::string program = program_.string();
  std::string command = "report";
  std::string run = run_.string();
  char* const words[] = {program.data(), command.data(), run.data(), nullptr};
  const SpawnActions actions;
  if (posix_spawn(&process_, program.c_str(), actions.get(), nullptr, words, environ) != 0) {
    process_ = kNone;
    return false;
  }
  setpriority(PRIO_PROCESS, static_cast<id_t>(process_), kNiceness);
  return true;
}

bool BackgroundReport::has_ended(int options, int& status) {
  pid_t ended = 0;
  do {
    ended = waitpid(process_, &status, options);
  } while (ended < 0 && errno == EINTR);
  if (ended == 0) return false;
  process_ = kNone;
  return true;
}

void BackgroundReport::update(Clock::time_point now) {
  int status = 0;
  if (process_ != kNone && !has_ended(WNOHANG, status)) return;
  if (now < due_) return;
  due_ = now + period_;
  static_cast<void>(start());
}

Result<Unit> BackgroundReport::finish() {
  int status = 0;
  // What is at work may have looked at the run before its last results.
  if (process_ != kNone) static_cast<void>(has_ended(0, status));
  const Error failed{
      fmt::format("the report was not written, try it again: {} report {}", program_.string(), run_.string())};
  if (!start()) return failed;
  static_cast<void>(has_ended(0, status));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return failed;
  return Unit{};
}

}  // namespace nas
