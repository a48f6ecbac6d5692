#include "mpi/command_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

namespace nas {
namespace {

namespace fs = std::filesystem;

bool is_executable(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && access(path.c_str(), X_OK) == 0;
}

bool on_path(const std::string& program) {
  const char* variable = std::getenv("PATH");
  std::string_view rest = variable != nullptr ? variable : "/bin:/usr/bin";
  for (;;) {
    const std::size_t colon = rest.find(':');
    const std::string_view directory = rest.substr(0, colon);
    if (is_executable(fs::path(directory.empty() ? "." : directory) / program)) return true;
    if (colon == std::string_view::npos) return false;
    rest.remove_prefix(colon + 1);
  }
}

bool is_interpreter(const std::string& program) {
  constexpr std::array<std::string_view, 7> kInterpreters{"python", "bash", "sh", "Rscript", "julia", "perl", "node"};
  const std::string name = fs::path(program).filename().string();
  return std::ranges::any_of(kInterpreters, [&](std::string_view known) {
    return name.starts_with(known) && name.find_first_not_of("0123456789.", known.size()) == std::string::npos;
  });
}

}  // namespace

Result<Unit> check_command(const std::vector<std::string>& command) {
  if (command.empty() || command[0].empty()) {
    return Error{"the command is empty (it trains the candidates), try e.g. [python3, train.py]"};
  }
  const std::string& program = command[0];
  const bool is_path = program.find('/') != std::string::npos;
  if (is_path && !fs::exists(program)) {
    return Error{
        fmt::format("command {}: no such file (it trains the candidates), give the path of a program", program)};
  }
  if (is_path && !is_executable(program)) {
    return Error{
        fmt::format("command {}: not an executable file (it trains the candidates), try chmod +x or name its "
                    "interpreter first",
                    program)};
  }
  if (!is_path && !on_path(program)) {
    const bool here = fs::exists(program);
    return Error{fmt::format("command {}: not found on PATH (it trains the candidates), {}", program,
                             here ? fmt::format("try ./{}", program) : "install it or give its path")};
  }
  if (is_interpreter(program) && command.size() > 1 && !command[1].starts_with('-') && !fs::exists(command[1])) {
    return Error{fmt::format("command {} {}: the script does not exist in {}, give its path", program, command[1],
                             fs::current_path().string())};
  }
  return Unit{};
}

}  // namespace nas
