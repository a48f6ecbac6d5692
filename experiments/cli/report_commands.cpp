// nas report | timeline

#include <filesystem>

#include "experiments/cli/rows.h"
#include "experiments/commands/timeline.h"
#include "experiments/report/report.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

/// --to, or the file of this name in the run's directory.
fs::path target_of(const CommandLine& line, const char* name) {
  if (line.options.count("to") > 0) return line.options["to"].as<std::string>();
  return fs::path(line.arguments.front()) / name;
}

void declare_target(cxxopts::OptionAdder& add, const char* help) {
  add("to", help, cxxopts::value<std::string>(), "FILE");
}

Result<Unit> report(const CommandLine& line, std::ostream& out) {
  ReportRequest request;
  request.run = line.arguments.front();
  request.others.assign(line.arguments.begin() + 1, line.arguments.end());
  request.file = target_of(line, kReportFile);
  const auto written = write_report(request);
  if (!written) return written.error();
  out << report_file(request).string() << '\n';
  return Unit{};
}

Command report_row() {
  constexpr std::size_t kMostRuns = 20;
  return {
      "report",
      "RUN [OTHER...] [--to FILE.html]",
      "a page about a run that opens in any browser; prints its path",
      1,
      kMostRuns,
      [](cxxopts::OptionAdder add) { declare_target(add, "the file to write (default: RUN/report.html)"); },
      report,
      [] {
        return std::string(
            "One HTML file that asks for nothing outside itself: the front, progress, architectures, which choices\n"
            "matter, lineage, workers, failures. OTHER: runs of the same objectives that are laid over it, such as\n"
            "random search. Works while the search runs. A file that exists is replaced.\n");
      }};
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

std::vector<Command> report_commands() { return {report_row(), timeline_row()}; }

}  // namespace nas
