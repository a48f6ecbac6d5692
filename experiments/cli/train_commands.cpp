// nas train

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <filesystem>

#include "experiments/cli/lead_ranks.h"
#include "experiments/cli/rows.h"
#include "experiments/config/duration.h"
#include "experiments/train/final_order.h"
#include "experiments/train/final_run.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

bool has(const CommandLine& line, const char* option) { return line.options.count(option) > 0; }

TrainRequest request_of(const CommandLine& line) {
  TrainRequest request;
  if (!line.arguments.empty()) request.file = line.arguments.front();
  if (has(line, "front")) request.front = line.options["front"].as<std::string>();
  if (has(line, "set")) request.sets = line.options["set"].as<std::vector<std::string>>();
  return request;
}

fs::path directory_of(const CommandLine& line, const TrainRequest& request) {
  if (has(line, "run")) return line.options["run"].as<std::string>();
  if (request.file.empty()) return request.front / "train";
  return "runs" / request.file.stem();
}

std::string resume_command(const TrainRequest& request, const fs::path& directory, const Ranks* ranks) {
  std::string command = launcher_words(ranks) + "nas train";
  if (!request.file.empty()) command += " " + request.file.string();
  if (!request.front.empty()) command += " --front " + request.front.string();
  for (const std::string& set : request.sets) command += fmt::format(" --set '{}'", set);
  return command + fmt::format(" --run {} --resume", directory.string());
}

void print_check(const TrainPlan& plan, std::ostream& out) {
  for (const FinalTraining& training : plan.trainings) {
    const Cost cost = count_cost(training.subject.built.network);
    fmt::print(out, "{}: {} params, {} MACs, {} epochs on {} records, {} for validation, {} for the test\n",
               training.subject.name, cost.params, cost.macs, training.training.epochs, training.parts.train,
               training.parts.validation, training.test_records == 0 ? "none" : std::to_string(training.test_records));
  }
  for (const std::string& note : plan.notes) fmt::print(out, "{}\n", note);
}

Result<FinalRunOptions> options_of(const CommandLine& line, const TrainRequest& request, const Ranks* ranks) {
  FinalRunOptions options{directory_of(line, request), has(line, "resume") ? RunStart::Resume : RunStart::New};
  options.resume_command = resume_command(request, options.directory, ranks);
  if (!has(line, "walltime")) return options;
  const auto walltime = parse_duration(line.options["walltime"].as<std::string>(), "--walltime");
  if (!walltime) return walltime.error();
  options.walltime = *walltime;
  return options;
}

Result<SearchEnd> train(const CommandLine& line, Ranks* ranks, std::ostream& out) {
  const TrainRequest request = request_of(line);
  if (request.file.empty() && request.front.empty()) {
    return Error{"train: what? Give a training FILE.yaml, or --front RUN for all of a run's front"};
  }
  const auto options = options_of(line, request, ranks);
  if (!options) return options.error();
  auto plan = plan_training(request);
  if (!plan) return plan.error();
  if (has(line, "check")) {
    print_check(*plan, out);
    return SearchEnd::Complete;
  }
  return run_training(std::move(*plan), *options, ranks, out);
}

Result<Unit> run_train(const CommandLine& line, std::ostream& out) {
  const auto ended = run_on_ranks([&](Ranks* ranks) { return train(line, ranks, out); }, serve_training);
  if (!ended) return ended.error();
  if (*ended == SearchEnd::Continue) line.success = kExitContinue;
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("front", "train every member of this run's Pareto front, and compare with what the search saw",
      cxxopts::value<std::string>(), "RUN");
  add("run", "directory of the results (default: runs/FILE, or RUN/train)", cxxopts::value<std::string>(), "DIR");
  add("set", "change the file, e.g. training.epochs=200 (repeatable)", cxxopts::value<std::vector<std::string>>(),
      "KEY=VALUE");
  add("walltime", "when the job ends, from now (7200, 2h, 2:00:00): training stops in time, with exit code 75",
      cxxopts::value<std::string>(), "TIME");
  add("resume", "go on where it was interrupted");
  add("check", "check everything, say what will be trained, and stop");
}

}  // namespace

std::vector<Command> train_commands() {
  return {
      {"train",
       "FILE.yaml | --front RUN [FILE.yaml]  [--run DIR] [--set KEY=VALUE]... [--walltime TIME] [--resume] [--check]",
       "train an architecture fully, alone or under mpirun, judge it by the test part, export it with its weights", 0,
       1, declare, run_train, train_file_help}};
}

}  // namespace nas
