// nas data describe

#include "experiments/cli/rows.h"
#include "experiments/commands/data_describe.h"
#include "experiments/config/load_experiment.h"
#include "experiments/config/shipped_files.h"

namespace nas {
namespace {

void declare(cxxopts::OptionAdder add) {
  add("picture", "write a picture of training records, a row each class", cxxopts::value<std::string>(), "FILE.png");
  add("samples", "records of a row", cxxopts::value<std::int64_t>()->default_value("8"), "N");
  add("set", "change a key of the experiment, such as data.folder=DIR", cxxopts::value<std::vector<std::string>>(),
      "KEY=VALUE");
  add("json", "machine-readable");
}

Result<Unit> describe(const CommandLine& line, std::ostream& out) {
  std::vector<std::string> sets;
  if (line.options.count("set") > 0) sets = line.options["set"].as<std::vector<std::string>>();
  const auto file = find_experiment(line.arguments[0]);
  if (!file) return file.error();
  auto experiment = load_experiment(*file, sets);
  if (!experiment) return experiment.error();
  if (!experiment->data) {
    return Error{"evaluator: only the evaluator `train` has data, there is nothing to describe"};
  }
  DescribeOptions options;
  options.samples = line.options["samples"].as<std::int64_t>();
  if (line.options.count("json") > 0) options.output = Output::Json;
  if (line.options.count("picture") > 0) options.picture = line.options["picture"].as<std::string>();
  constexpr std::int64_t kMostSamples = 100;
  if (options.samples < 1 || options.samples > kMostSamples) return Error{"--samples: expected 1 to 100"};
  DataOptions data = experiment->config.data;
  if (data.split_seed == DataOptions::kRunSeed) data.split_seed = experiment->config.seed;
  return describe_data_set(data, options, out);
}

}  // namespace

std::vector<Command> data_commands() {
  return {{"data describe", "EXPERIMENT [--picture FILE.png] [--set KEY=VALUE] [--json]",
           "sizes, classes and balance of the data, and a picture of samples", 1, 1, declare, describe}};
}

}  // namespace nas
