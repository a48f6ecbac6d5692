// nas front | status | trials

#include <unistd.h>

#include <chrono>

#include "experiments/cli/rows.h"
#include "experiments/commands/front.h"
#include "experiments/commands/status.h"
#include "experiments/commands/trials.h"

namespace nas {
namespace {

Output output_of(const CommandLine& line) { return line.options.count("json") > 0 ? Output::Json : Output::Text; }

void declare_json(cxxopts::OptionAdder add) { add("json", "machine-readable"); }

Result<Unit> status(const CommandLine& line, std::ostream& out) {
  constexpr std::chrono::seconds kPause{2};
  const std::string& run = line.arguments[0];
  if (line.options.count("watch") == 0) return print_status(run, output_of(line), out);
  const Redraw redraw = output_of(line) == Output::Text && isatty(STDOUT_FILENO) == 1 ? Redraw::Clear : Redraw::Append;
  return watch_status(run, output_of(line), redraw, kPause, out);
}

}  // namespace

std::vector<Command> run_commands() {
  return {
      {"front", "RUN [--json]", "the Pareto front of a run: id, objectives, choices by name", 1, 1, declare_json,
       [](const CommandLine& line, std::ostream& out) { return print_front(line.arguments[0], output_of(line), out); }},
      {"status", "RUN [--watch] [--json]",
       "how far a run is: counts, failures, rate, time left, hypervolume, each worker's utilisation", 1, 1,
       [](cxxopts::OptionAdder add) {
         add("watch", "again every 2 seconds, until the run has ended (Ctrl-C leaves)");
         declare_json(add);
       },
       status},
      {"trials", "RUN --csv [--curves]", "one line an evaluation, for spreadsheets and scripts", 1, 1,
       [](cxxopts::OptionAdder add) {
         add("csv", "the format (the only one there is)");
         add("curves", "a line an epoch: the learning curves of what is complete, as a table for `nas bench`");
       },
       [](const CommandLine& line, std::ostream& out) {
         const TrialRows rows = line.options.count("curves") > 0 ? TrialRows::Epochs : TrialRows::Results;
         return print_trials_csv(line.arguments[0], rows, out);
       }},
  };
}

}  // namespace nas
