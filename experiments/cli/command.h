// The commands of the `nas` program: one row each gives dispatch, `nas --help` and the reference.
#pragma once

// Values are never split: `--set objectives=[{maximize: a}, {minimize: b}]` is one value.
#define CXXOPTS_VECTOR_DELIMITER '\0'
#include <cxxopts.hpp>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nas/result.h"

namespace nas {

/// Exit codes of every command.
inline constexpr int kExitSuccess = 0;
inline constexpr int kExitFailure = 1;  // what was asked for could not be done
inline constexpr int kExitUsage = 2;    // the command line is wrong
/// A search was stopped before its end and waits for --resume (EX_TEMPFAIL of sysexits.h).
inline constexpr int kExitContinue = 75;

struct CommandLine {
  cxxopts::ParseResult options;
  std::vector<std::string> arguments;  // positional ones
  mutable int success = kExitSuccess;  // set by a command that can succeed in two ways
};

struct Command {
  std::string name;       // one word, or two ("space cost")
  std::string arguments;  // "SPACE [--json]", for the usage line
  std::string summary;    // one line
  std::size_t min_arguments = 0;
  std::size_t max_arguments = 0;
  /// Declares its options, each once.
  void (*declare)(cxxopts::OptionAdder add);
  /// Error: one or more lines for standard error; the program then exits with kExitFailure.
  Result<Unit> (*run)(const CommandLine& line, std::ostream& out);
  std::string (*notes)() = nullptr;  // what follows the options in its help
};

/// All rows, in the order of the help.
[[nodiscard]] const std::vector<Command>& commands();

/// Finds the command, parses its options, runs it. Returns the exit code. `argv[0]` is ignored.
[[nodiscard]] int run_command_line(std::span<char*> argv);

}  // namespace nas
