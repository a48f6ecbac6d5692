// nas predict

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <ostream>

#include "experiments/cli/rows.h"
#include "experiments/predict/predict.h"

namespace nas {
namespace {

constexpr std::size_t kMostInputs = 1'000'000;

bool has(const CommandLine& line, const char* option) { return line.options.count(option) > 0; }

std::string text_of(const CommandLine& line, const char* option) {
  return has(line, option) ? line.options[option].as<std::string>() : std::string();
}

/// The option's number where it was given, else what is there. Error: below `least`.
Result<Unit> take(const CommandLine& line, const char* option, std::int64_t least, std::int64_t& into) {
  if (!has(line, option)) return Unit{};
  const auto number = line.options[option].as<std::int64_t>();
  if (number < least) return Error{fmt::format("--{} {}: expected a number of at least {}", option, number, least)};
  into = number;
  return Unit{};
}

Result<PredictOptions> predict_options(const CommandLine& line) {
  PredictOptions options;
  options.model = line.arguments.front();
  for (std::size_t i = 1; i < line.arguments.size(); ++i) options.inputs.emplace_back(line.arguments[i]);
  if (!has(line, "out")) return Error{"predict: where to? Give --out FILE"};
  options.out = text_of(line, "out");
  options.array = text_of(line, "array");
  options.exit = text_of(line, "exit");
  constexpr std::int64_t kMostMib = std::int64_t{1} << 30;
  for (const auto& [name, least, into] :
       {std::tuple{"mc-dropout", std::int64_t{2}, &options.passes}, std::tuple{"tile", std::int64_t{1}, &options.tile},
        std::tuple{"memory", std::int64_t{1}, &options.memory_mib},
        std::tuple{"batch", std::int64_t{1}, &options.batch}}) {
    if (const auto taken = take(line, name, least, *into); !taken) return taken.error();
  }
  if (options.memory_mib > kMostMib) return Error{fmt::format("--memory: at most {} MiB", kMostMib)};
  if (has(line, "seed")) options.seed = line.options["seed"].as<std::uint64_t>();
  if (has(line, "confidence")) {
    options.confidence = line.options["confidence"].as<double>();
    if (!(*options.confidence > 0 && *options.confidence <= 1))
      return Error{"--confidence: expected above 0, at most 1"};
  }
  if (has(line, "probabilities")) options.probabilities = true;
  if (has(line, "accept-seams")) options.seams = PredictOptions::Seams::Accept;
  if (has(line, "force")) options.existing = PredictOptions::Existing::Replace;
  return options;
}

Result<Unit> run_predict(const CommandLine& line, std::ostream& out) {
  const auto options = predict_options(line);
  if (!options) return options.error();
  const auto report = predict(*options);
  if (!report) return report.error();
  for (const std::string& note : report->notes) fmt::print(stderr, "nas: {}\n", note);
  for (const auto& file : report->files) fmt::print(out, "{}\n", file.string());
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("out", "where the answers go; the ending says how: .csv or .json, of maps .npy or .png",
      cxxopts::value<std::string>(), "FILE");
  add("array", "of .npz files: this array (default: what training read)", cxxopts::value<std::string>(), "NAME");
  add("exit", "the answer of this exit of the network", cxxopts::value<std::string>(), "NAME");
  add("confidence", "classes: stop at the first exit whose likeliest class is as likely as this",
      cxxopts::value<double>(), "P");
  add("mc-dropout", "uncertainty from so many passes with dropout", cxxopts::value<std::int64_t>(), "N");
  add("seed", "of dropout (default: 1)", cxxopts::value<std::uint64_t>(), "SEED");
  add("probabilities", "segmentation: the probability of each class instead of the likeliest");
  add("tile",
      "maps: compute inputs with a longer side in overlapping tiles of at most this side (default: as "
      "--memory has it)",
      cxxopts::value<std::int64_t>(), "SIDE");
  add("memory", "maps: tiles for which the network's tensors need at most so much (default: 1024)",
      cxxopts::value<std::int64_t>(), "MIB");
  add("accept-seams", "tiles also of a network whose operations read the whole input");
  add("batch", "classes and numbers: so many records at once (default: 32)", cxxopts::value<std::int64_t>(), "N");
  add("force", "replace existing files");
}

std::string notes() {
  return "MODEL_DIR is what nas export wrote. INPUTs are images (PNG, JPEG), arrays (.npy, .npz) or tables (.csv) "
         "like\n"
         "the training data; what training did to its data is done to them. For several maps put {} into FILE, it\n"
         "becomes the name of each input: --out 'masks/{}.png'. docs/predict.md\n";
}

}  // namespace

std::vector<Command> predict_commands() {
  return {{"predict", "MODEL_DIR INPUT... --out FILE [--exit NAME | --confidence P] [--mc-dropout N] [--tile SIDE]",
           "an exported network on new data: classes, numbers, masks, restored signals", 2, kMostInputs, declare,
           run_predict, notes}};
}

}  // namespace nas
