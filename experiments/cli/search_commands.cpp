// nas search

#include <fmt/format.h>

#include "experiments/cli/lead_ranks.h"
#include "experiments/cli/rows.h"
#include "experiments/config/duration.h"
#include "experiments/config/reference.h"
#include "experiments/config/shipped_files.h"
#include "experiments/search/coordinator.h"
#include "experiments/search/prepare.h"
#include "experiments/search/recall_choices.h"
#include "mpi/node_facts.h"

namespace nas {
namespace {

std::vector<std::string> settings(const CommandLine& line) {
  std::vector<std::string> sets;
  if (line.options.count("set") > 0) sets = line.options["set"].as<std::vector<std::string>>();
  if (line.options.count("workers") > 0)
    sets.push_back(fmt::format("resources.workers={}", line.options["workers"].as<std::string>()));
  return sets;
}

/// As it was called: from the working directory, not from the root.
std::string program_name() {
  std::error_code failure;
  const auto path = std::filesystem::proximate(own_executable(), failure);
  return failure ? own_executable() : path.string();
}

Result<SearchRequest> make_request(const CommandLine& line, const Ranks* ranks) {
  SearchRequest request;
  if (line.options.count("walltime") > 0) {
    const auto walltime = parse_duration(line.options["walltime"].as<std::string>(), "--walltime");
    if (!walltime) return walltime.error();
    request.walltime = *walltime;
  }
  request.program = program_name();
  const std::string experiment = line.arguments.front();
  const std::filesystem::path stem = std::filesystem::path(experiment).stem();
  request.run =
      line.options.count("run") > 0 ? std::filesystem::path(line.options["run"].as<std::string>()) : "runs" / stem;
  request.start = line.options.count("resume") > 0 ? RunStart::Resume : RunStart::New;
  request.resume_command = fmt::format("{}{} search {} --run {} --resume", launcher_words(ranks), request.program,
                                       experiment, request.run.string());
  for (const std::string& set : settings(line)) request.resume_command += fmt::format(" --set {}", set);
  return request;
}

Result<PreparedSearch> prepare(const CommandLine& line, const SearchRequest& request) {
  const auto file = find_experiment(line.arguments.front());
  if (!file) return file.error();
  auto experiment = load_experiment(*file, settings(line));
  if (!experiment) return experiment.error();
  if (request.start == RunStart::Resume) recall_choices(*experiment, request.run);
  return prepare_search(std::move(*experiment));
}

Result<SearchEnd> run(const CommandLine& line, Ranks* ranks, std::ostream& out) {
  auto request = make_request(line, ranks);
  if (!request) return request.error();
  auto prepared = prepare(line, *request);
  if (!prepared) return prepared.error();
  if (line.options.count("check") > 0) {
    print_check(*prepared, out);
    return SearchEnd::Complete;
  }
  return coordinate(std::move(*prepared), *request, ranks, out);
}

Result<Unit> search(const CommandLine& line, std::ostream& out) {
  const auto ended = run_on_ranks([&](Ranks* ranks) { return run(line, ranks, out); }, serve);
  if (!ended) return ended.error();
  if (*ended == SearchEnd::Continue) line.success = kExitContinue;
  return Unit{};
}

}  // namespace

std::vector<Command> search_commands() {
  return {{"search",
           "EXPERIMENT.yaml [--run DIR] [--workers N] [--set KEY=VALUE]... [--walltime TIME] [--resume] [--check]",
           "run or continue a search, alone or under mpirun; EXPERIMENT: a file or a recipe's name", 1, 1,
           [](cxxopts::OptionAdder add) {
             add("run", "directory of the run (default: runs/EXPERIMENT)", cxxopts::value<std::string>(), "DIR");
             add("workers", "candidates at once in each process that trains; auto: one a GPU, or one a core",
                 cxxopts::value<std::string>(), "N");
             add("set", "change the experiment, e.g. training.epochs=5 (repeatable)",
                 cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
             add("walltime",
                 "when the job ends, from now (7200, 2h, 2:00:00): the search stops in time, with exit code 75",
                 cxxopts::value<std::string>(), "TIME");
             add("resume", "continue the run where it stopped");
             add("check", "check everything, say what the search will cost, and stop");
           },
           search,
           [] {
             return "An experiment is a YAML file with these keys; --set KEY=VALUE changes them.\n\n" + options_help();
           }}};
}

}  // namespace nas
