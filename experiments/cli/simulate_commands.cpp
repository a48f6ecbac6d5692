// nas simulate

#include <fmt/format.h>

#include "experiments/cli/rows.h"
#include "experiments/config/duration.h"
#include "experiments/config/shipped_files.h"
#include "experiments/search/prepare.h"
#include "experiments/simulate/simulate.h"

namespace nas {
namespace {

constexpr std::int64_t kMostWorkers = 1'000'000;

Result<std::size_t> count_of(const CommandLine& line, const char* name) {
  const auto value = line.options[name].as<std::int64_t>();
  if (value >= 1 && value <= kMostWorkers) return static_cast<std::size_t>(value);
  return Error{fmt::format("--{}: expected an integer, 1 to {}, got {}", name, kMostWorkers, value)};
}

/// Seconds of an option that may be left out: 0 then.
Result<double> duration_of(const CommandLine& line, const char* name) {
  if (line.options.count(name) == 0) return 0.0;
  return parse_duration(line.options[name].as<std::string>(), fmt::format("--{}", name));
}

Result<SimulateRequest> request_from(const CommandLine& line) {
  SimulateRequest request;
  const auto workers = count_of(line, "workers");
  if (!workers) return workers.error();
  const auto slots = count_of(line, "slots");
  if (!slots) return slots.error();
  const auto law = parse_duration_law(line.options["seconds-per-candidate"].as<std::string>());
  if (!law) return law.error();
  const auto life = duration_of(line, "worker-mtbf");
  if (!life) return life.error();
  request.workers = *workers;
  request.slots = *slots;
  request.duration = *law;
  request.mean_life = *life;
  request.latency = 1e-3 * line.options["latency-ms"].as<double>();
  request.seconds_per_message = 1e-6 * line.options["message-us"].as<double>();
  if (!(request.latency >= 0 && request.latency <= 1e3 && request.seconds_per_message >= 0 &&
        request.seconds_per_message <= 1)) {
    return Error{"--latency-ms takes 0 to 1e6, --message-us 0 to 1e6"};
  }
  request.seed = static_cast<std::uint64_t>(line.options["seed"].as<std::int64_t>());
  if (line.options.count("store") > 0) request.store = line.options["store"].as<std::string>();
  return request;
}

Result<Unit> run(const CommandLine& line, std::ostream& out) {
  const auto request = request_from(line);
  if (!request) return request.error();
  const auto file = find_experiment(line.arguments.front());
  if (!file) return file.error();
  std::vector<std::string> sets;
  if (line.options.count("set") > 0) sets = line.options["set"].as<std::vector<std::string>>();
  auto experiment = load_experiment(*file, sets);
  if (!experiment) return experiment.error();
  auto prepared = prepare_search(std::move(*experiment));
  if (!prepared) return prepared.error();
  const auto report = simulate(std::move(*prepared), *request);
  if (!report) return report.error();
  print_report(*report, *request, line.options.count("json") > 0 ? Output::Json : Output::Text, out);
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("workers", "simulated ranks beside the coordinator", cxxopts::value<std::int64_t>()->default_value("64"), "N");
  add("slots", "candidates at once on each of them", cxxopts::value<std::int64_t>()->default_value("1"), "N");
  add("seconds-per-candidate", "a time (600, 10m), exponential:MEAN or lognormal:MEDIAN:SIGMA",
      cxxopts::value<std::string>()->default_value("lognormal:600:0.8"), "LAW");
  add("worker-mtbf", "mean time until a worker dies for good (1000h); left out: none dies",
      cxxopts::value<std::string>(), "TIME");
  add("latency-ms", "milliseconds that a message is under way", cxxopts::value<double>()->default_value("1"), "MS");
  add("message-us", "simulated microseconds that the coordinator takes for a message",
      cxxopts::value<double>()->default_value("100"), "US");
  add("seed", "of durations and deaths", cxxopts::value<std::int64_t>()->default_value("1"), "N");
  add("store", "write the real store, in this new run directory", cxxopts::value<std::string>(), "DIR");
  add("set", "change the experiment, e.g. evaluations=500000 (repeatable)", cxxopts::value<std::vector<std::string>>(),
      "KEY=VALUE");
  add("json", "print JSON");
}

}  // namespace

std::vector<Command> simulate_commands() {
  return {{"simulate", "EXPERIMENT.yaml [--workers N] [--seconds-per-candidate LAW] [--worker-mtbf TIME] ...",
           "the search on simulated workers in simulated time: utilisation, the coordinator's work, memory", 1, 1,
           declare, run}};
}

}  // namespace nas
