// nas timeline

#include <filesystem>

#include "experiments/cli/rows.h"
#include "experiments/commands/timeline.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

/// --output, or the file of this name in the run's directory.
fs::path target_of(const CommandLine& line, const char* name) {
  if (line.options.count("to") > 0) return line.options["to"].as<std::string>();
  return fs::path(line.arguments.front()) / name;
}

void declare_target(cxxopts::OptionAdder& add, const char* help) {
  add("to", help, cxxopts::value<std::string>(), "FILE");
}

Command timeline_row() {
  return {"timeline",
          "RUN [--to FILE.svg]",
          "a picture (SVG) of what each worker did when; prints its path",
          1,
          1,
          [](cxxopts::OptionAdder add) { declare_target(add, "the file to write (default: RUN/timeline.svg)"); },
          [](const CommandLine& line, std::ostream& out) {
            return write_timeline(line.arguments.front(), target_of(line, "timeline.svg"), out);
          },
          [] {
            return std::string(
                "Works while the search runs. The time between starts of a run is cut out. Of more than 64 workers,\n"
                "each line is several. A file that exists is replaced.\n");
          }};
}

}  // namespace

std::vector<Command> report_commands() { return {timeline_row()}; }

}  // namespace nas
