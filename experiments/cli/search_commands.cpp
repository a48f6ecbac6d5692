// nas search

#include <fmt/format.h>

#include "experiments/cli/rows.h"
#include "experiments/config/reference.h"
#include "experiments/config/shipped_files.h"
#include "experiments/search/coordinator.h"
#include "experiments/search/prepare.h"
#include "mpi/handshake.h"
#include "mpi/mpi_session.h"
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

SearchRequest make_request(const CommandLine& line, int ranks) {
  SearchRequest request;
  request.program = program_name();
  const std::string experiment = line.arguments.front();
  const std::filesystem::path stem = std::filesystem::path(experiment).stem();
  request.run =
      line.options.count("run") > 0 ? std::filesystem::path(line.options["run"].as<std::string>()) : "runs" / stem;
  request.start = line.options.count("resume") > 0 ? RunStart::Resume : RunStart::New;
  request.resume_command =
      fmt::format("{}{} search {} --run {} --resume", ranks > 1 ? fmt::format("mpirun -n {} ", ranks) : "",
                  request.program, experiment, request.run.string());
  for (const std::string& set : settings(line)) request.resume_command += fmt::format(" --set {}", set);
  return request;
}

Result<PreparedSearch> prepare(const CommandLine& line) {
  const auto file = find_experiment(line.arguments.front());
  if (!file) return file.error();
  auto experiment = load_experiment(*file, settings(line));
  if (!experiment) return experiment.error();
  return prepare_search(std::move(*experiment));
}

/// Rank 0. Whatever goes wrong before or after the search, the other ranks are told.
Result<Unit> lead(const CommandLine& line, Transport* transport, std::ostream& out) {
  auto prepared = prepare(line);
  const bool check = line.options.count("check") > 0;
  if (prepared && !check)
    return coordinate(std::move(*prepared), make_request(line, transport == nullptr ? 1 : transport->size()), transport,
                      out);
  if (transport != nullptr) stop_workers(*transport);
  if (!prepared) return prepared.error();
  print_check(*prepared, out);
  return Unit{};
}

Result<Unit> search(const CommandLine& line, std::ostream& out) {
  MpiSession session;
  const auto transport = session.size() > 1 ? session.make_transport() : nullptr;
  if (session.rank() == kCoordinatorRank) return lead(line, transport.get(), out);
  serve(*transport, facts_of_this_rank(session.rank(), session.node()));
  return Unit{};
}

}  // namespace

std::vector<Command> search_commands() {
  return {{"search", "EXPERIMENT.yaml [--run DIR] [--workers N] [--set KEY=VALUE]... [--resume] [--check]",
           "run or continue a search, alone or under mpirun; EXPERIMENT: a file or a recipe's name", 1, 1,
           [](cxxopts::OptionAdder add) {
             add("run", "directory of the run (default: runs/EXPERIMENT)", cxxopts::value<std::string>(), "DIR");
             add("workers", "candidates at once in each process that trains; auto: one a GPU, or one a core",
                 cxxopts::value<std::string>(), "N");
             add("set", "change the experiment, e.g. training.epochs=5 (repeatable)",
                 cxxopts::value<std::vector<std::string>>(), "KEY=VALUE");
             add("resume", "continue the run where it stopped");
             add("check", "check everything, say what the search will cost, and stop");
           },
           search,
           [] {
             return "An experiment is a YAML file with these keys; --set KEY=VALUE changes them.\n\n" + options_help();
           }}};
}

}  // namespace nas
