// nas slurm

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "experiments/cli/rows.h"
#include "experiments/config/shipped_files.h"
#include "experiments/search/prepare.h"
#include "experiments/slurm/job_script.h"
#include "mpi/node_facts.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMost = 1'000'000;

Result<std::int64_t> count_of(const CommandLine& line, const char* name, std::int64_t least) {
  const auto value = line.options[name].as<std::int64_t>();
  if (value >= least && value <= kMost) return value;
  return Error{fmt::format("--{}: expected an integer, {} to {}, got {}", name, least, kMost, value)};
}

/// Slurm's time: it knows "90" as minutes, so that nothing but its own forms is passed on.
Result<std::string> slurm_time(const CommandLine& line) {
  const std::string time = line.options["time"].as<std::string>();
  if (time.find(':') != std::string::npos) return time;
  return Error{fmt::format("--time {}: write hours:minutes:seconds or days-hours:minutes:seconds", time)};
}

Result<JobRequest> read_request(const CommandLine& line) {
  JobRequest request;
  for (const auto& [name, least, target] : {std::tuple{"nodes", std::int64_t{1}, &request.nodes},
                                            std::tuple{"gpus-per-node", std::int64_t{0}, &request.gpus_per_node},
                                            std::tuple{"ranks-per-node", std::int64_t{1}, &request.ranks_per_node}}) {
    const auto count = count_of(line, name, least);
    if (!count) return count.error();
    *target = *count;
  }
  const auto time = slurm_time(line);
  if (!time) return time.error();
  request.time = *time;
  request.srun = line.options.count("srun") > 0;
  if (line.options.count("set") > 0) request.sets = line.options["set"].as<std::vector<std::string>>();
  if (line.options.count("sbatch") > 0) request.lines = line.options["sbatch"].as<std::vector<std::string>>();
  const std::string stem = fs::path(line.arguments.front()).stem().string();
  request.name = stem;
  std::replace_if(
      request.name.begin(), request.name.end(), [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; },
      '_');
  const fs::path run =
      line.options.count("run") > 0 ? fs::path(line.options["run"].as<std::string>()) : "runs" / fs::path(stem);
  request.run = fs::absolute(run).string();
  request.program = own_executable();
  return request;
}

Result<Unit> slurm(const CommandLine& line, std::ostream& out) {
  auto request = read_request(line);
  if (!request) return request.error();
  const auto file = find_experiment(line.arguments.front());
  if (!file) return file.error();
  request->experiment = fs::absolute(*file).string();
  auto experiment = load_experiment(*file, request->sets);
  if (!experiment) return experiment.error();
  request->grace_seconds = experiment->config.resources.grace_seconds;
  const auto prepared = prepare_search(std::move(*experiment));
  if (!prepared) return prepared.error();
  const auto script = job_script(*request);
  if (!script) return script.error();
  out << *script;
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("nodes", "nodes of the job", cxxopts::value<std::int64_t>()->default_value("1"), "N");
  add("gpus-per-node", "GPUs of each node; 0: none are asked for", cxxopts::value<std::int64_t>()->default_value("0"),
      "G");
  add("ranks-per-node", "ranks of each node; they share its GPUs", cxxopts::value<std::int64_t>()->default_value("2"),
      "N");
  add("time", "the job's time limit, hours:minutes:seconds", cxxopts::value<std::string>()->default_value("12:00:00"),
      "TIME");
  add("run", "directory of the run (default: runs/EXPERIMENT)", cxxopts::value<std::string>(), "DIR");
  add("set", "change the experiment, e.g. training.epochs=5 (repeatable)", cxxopts::value<std::vector<std::string>>(),
      "KEY=VALUE");
  add("sbatch", "a further option for Slurm, e.g. --partition=gpu (repeatable)",
      cxxopts::value<std::vector<std::string>>(), "OPTION");
  add("srun", "start the ranks by srun and PMIx instead of mpirun");
}

}  // namespace

std::vector<Command> slurm_commands() {
  return {{"slurm", "EXPERIMENT.yaml --nodes N --gpus-per-node G --time HH:MM:SS [--sbatch OPTION]... > job.sh",
           "a batch script for Slurm that searches, stops in time and submits itself again until the search is done", 1,
           1, declare, slurm, [] {
             return std::string(
                 "The experiment is checked first. Start the script with `sbatch job.sh`; a job that gets nowhere "
                 "submits no other.\n");
           }}};
}

}  // namespace nas
