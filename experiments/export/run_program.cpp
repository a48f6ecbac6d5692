#include "experiments/export/run_program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

namespace nas {
namespace {

constexpr const char* kNames[] = {"stdin.txt", "stdout.txt", "stderr.txt"};

std::string read_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

/// The child's three streams are files.
class FileActions {
 public:
  explicit FileActions(const std::filesystem::path& folder) {
    posix_spawn_file_actions_init(&actions_);
    constexpr int kFlags[] = {O_RDONLY, O_WRONLY | O_CREAT | O_TRUNC, O_WRONLY | O_CREAT | O_TRUNC};
    constexpr mode_t kMode = 0600;
    for (int stream = 0; stream < 3; ++stream) {
      posix_spawn_file_actions_addopen(&actions_, stream, (folder / kNames[stream]).c_str(), kFlags[stream], kMode);
    }
  }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions_); }
  FileActions(const FileActions&) = delete;
  FileActions& operator=(const FileActions&) = delete;
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

int exit_code_of(pid_t child) {
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProgramOutcome> run_program(const std::vector<std::string>& command, const std::string& input,
                                   const std::filesystem::path& folder) {
  std::ofstream(folder / kNames[0], std::ios::binary) << input;
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  pid_t child = 0;
  const FileActions actions(folder);
  const int failed = posix_spawnp(&child, argv[0], actions.get(), nullptr, argv.data(), environ);
  if (failed != 0) return Error{fmt::format("{} can't be started: {}", command.front(), std::strerror(failed))};
  ProgramOutcome outcome;
  outcome.exit_code = exit_code_of(child);
  outcome.output = read_text(folder / kNames[1]);
  outcome.errors = read_text(folder / kNames[2]);
  std::error_code ignored;
  for (const char* const name : kNames) std::filesystem::remove(folder / name, ignored);
  return outcome;
}

}  // namespace nas
