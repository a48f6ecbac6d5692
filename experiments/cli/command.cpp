#include "experiments/cli/command.h"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <iostream>
#include <optional>

#include "mpi/launch.h"
#include "nas/option.h"

namespace nas {
namespace {

constexpr int kHelpWidth = 100;

void print_help(std::ostream& out) {
  fmt::print(out,
             "nas: searches for neural networks\n\n"
             "usage: nas COMMAND [ARGUMENTS]   (nas COMMAND --help explains one)\n"
             "       mpirun -n RANKS nas search EXPERIMENT.yaml\n\n");
  std::size_t width = 0;
  for (const Command& command : commands()) width = std::max(width, command.name.size());
  for (const Command& command : commands()) fmt::print(out, "  {:<{}}  {}\n", command.name, width, command.summary);
  fmt::print(out,
             "\nResults go to standard output, messages to standard error; the exit code is 0 only on success.\n"
             "A first run: nas recipes\n");
}

/// All ranks of a job read the same command line: the first one says what is wrong with it.
bool is_first_rank() {
  const auto launch = mpirun_launch();
  return !launch || launch->rank == 0;
}

int usage_error(const std::string& message) {
  // A rank that fails makes mpirun end the others, perhaps before the first has spoken.
  if (!is_first_rank()) return kExitSuccess;
  fmt::print(stderr, "nas: {}\n", message);
  return kExitUsage;
}

/// The command that the first one or two words name, and how many words that took.
struct Match {
  const Command* command = nullptr;
  std::size_t words = 0;
};

Match find_command(std::span<char*> words) {
  for (const std::size_t count : {std::size_t{2}, std::size_t{1}}) {
    if (words.size() < count) continue;
    const std::string name = count == 2 ? fmt::format("{} {}", words[0], words[1]) : words[0];
    for (const Command& command : commands()) {
      if (command.name == name) return {&command, count};
    }
  }
  return {};
}

int unknown_command(std::span<char*> words) {
  std::vector<std::string> names;
  std::vector<std::string> family;  // "space describe", ... where only "space" was given
  for (const Command& command : commands()) {
    names.push_back(command.name);
    if (command.name.starts_with(fmt::format("{} ", words[0]))) family.push_back(command.name);
  }
  if (!family.empty()) {
    const std::string given = words.size() > 1 ? fmt::format("{} {}", words[0], words[1]) : words[0];
    return usage_error(fmt::format("'{}' is no command{}", given, suggest(given, family)));
  }
  return usage_error(fmt::format("'{}' is no command{}; nas --help lists them", words[0], suggest(words[0], names)));
}

cxxopts::Options make_options(const Command& command) {
  cxxopts::Options options("nas " + command.name, command.summary);
  command.declare(options.add_options());
  options.add_options()("h,help", "explain this command")("arguments", "", cxxopts::value<std::vector<std::string>>());
  options.parse_positional("arguments");
  return options;
}

std::string help_text(const Command& command) {
  cxxopts::Options options(fmt::format("nas {} {}", command.name, command.arguments), command.summary);
  options.set_width(kHelpWidth).custom_help("");
  command.declare(options.add_options());
  options.add_options()("h,help", "explain this command");
  return options.help() + (command.notes == nullptr ? "" : "\n" + command.notes());
}

/// cxxopts' complaint in our form, with the nearest option.
std::string option_error(const Command& command, const std::string& what) {
  std::string text = fmt::format("{}: {}", command.name, what);
  cxxopts::Options options = make_options(command);
  std::vector<std::string> names;
  for (const auto& option : options.group_help("").options) {
    for (const std::string& name : option.l) {
      if (name != "arguments") names.push_back(name);
    }
  }
  // The name stands between typographic quotes in the library's message.
  const auto begin = what.find("\u2018");
  const auto end = what.find("\u2019");
  if (what.find("does not exist") != std::string::npos && begin != std::string::npos && end != std::string::npos) {
    text += suggest(what.substr(begin + 3, end - begin - 3), names);
  }
  return text + fmt::format("; see nas {} --help", command.name);
}

int run_command(const Command& command, std::span<char*> words) {
  std::vector<const char*> argv = {"nas"};
  argv.insert(argv.end(), words.begin(), words.end());
  std::optional<CommandLine> line;
  try {
    line = CommandLine{make_options(command).parse(static_cast<int>(argv.size()), argv.data()), {}, kExitSuccess};
  } catch (const cxxopts::exceptions::exception& error) {
    return usage_error(option_error(command, error.what()));
  }
  if (line->options.count("help") > 0) {
    if (is_first_rank()) fmt::print("{}", help_text(command));
    return kExitSuccess;
  }
  if (line->options.count("arguments") > 0) line->arguments = line->options["arguments"].as<std::vector<std::string>>();
  if (line->arguments.size() < command.min_arguments || line->arguments.size() > command.max_arguments) {
    return usage_error(
        fmt::format("{}: {}, usage: nas {} {}", command.name,
                    line->arguments.size() < command.min_arguments ? "an argument is missing" : "too many arguments",
                    command.name, command.arguments));
  }
  const auto result = command.run(*line, std::cout);
  std::cout.flush();
  if (!result) {
    fmt::print(stderr, "nas: {}\n", result.error().message);
    return kExitFailure;
  }
  return std::cout.good() ? line->success : kExitFailure;
}

}  // namespace

int run_command_line(std::span<char*> argv) {
  const std::span<char*> words = argv.subspan(argv.empty() ? 0 : 1);
  if (words.empty()) {
    print_help(std::cerr);
    return kExitUsage;
  }
  const std::string_view first = words[0];
  if (first == "--help" || first == "-h" || first == "help") {
    print_help(std::cout);
    return kExitSuccess;
  }
  const Match match = find_command(words);
  if (match.command == nullptr) return unknown_command(words);
  return run_command(*match.command, words.subspan(match.words));
}

}  // namespace nas
