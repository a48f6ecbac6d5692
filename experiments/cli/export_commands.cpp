// nas export

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <utility>

#include "experiments/cli/rows.h"
#include "experiments/cli/space/open_space.h"
#include "experiments/config/load_experiment.h"
#include "experiments/config/shipped_files.h"
#include "experiments/export/export_network.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

bool has(const CommandLine& line, const char* option) { return line.options.count(option) > 0; }

std::string text_of(const CommandLine& line, const char* option) {
  return has(line, option) ? line.options[option].as<std::string>() : std::string();
}

/// How many of these options were given.
std::size_t count_of(const CommandLine& line, std::initializer_list<const char*> options) {
  return static_cast<std::size_t>(
      std::count_if(options.begin(), options.end(), [&](const char* option) { return has(line, option); }));
}

Result<CandidateChoice> candidate_choice(const CommandLine& line) {
  if (count_of(line, {"candidate", "front", "knee", "best"}) != 1) {
    return Error{"export: which candidates? Give one of --candidate ID, --front, --knee and --best METRIC"};
  }
  CandidateChoice choice;
  if (has(line, "knee")) choice.kind = CandidateChoice::Kind::Knee;
  if (has(line, "best")) {
    choice.kind = CandidateChoice::Kind::Best;
    choice.metric = text_of(line, "best");
  }
  if (!has(line, "candidate")) return choice;
  choice.kind = CandidateChoice::Kind::Candidate;
  const auto id = candidate_id_from(text_of(line, "candidate"));
  if (!id) return Error{"--candidate " + id.error().message};
  choice.id = *id;
  return choice;
}

Result<std::vector<ExportSubject>> subjects_from_run(const CommandLine& line) {
  const auto choice = candidate_choice(line);
  if (!choice) return choice.error();
  const auto more = space_overrides(line);
  if (!more) return more.error();
  return subjects_of_run(line.arguments.front(), *choice, *more);
}

Result<ExportSubject> subject_without_run(const CommandLine& line) {
  const auto overrides = space_overrides(line);
  if (!overrides) return overrides.error();
  if (has(line, "from")) return subject_of_file(text_of(line, "from"), *overrides);
  if (count_of(line, {"genotype", "architecture"}) != 1) {
    return Error{"export --space: which network? Give one of --architecture NAME and --genotype G"};
  }
  const char* option = has(line, "genotype") ? "genotype" : "architecture";
  auto subject = subject_of_space(text_of(line, "space"), text_of(line, option), *overrides);
  return subject ? std::move(subject)
                 : Error{fmt::format("--{} {}: {}", option, text_of(line, option), subject.error().message)};
}

Result<std::vector<ExportSubject>> subjects(const CommandLine& line) {
  const std::size_t ways = line.arguments.size() + count_of(line, {"space", "from"});
  if (ways != 1) return Error{"export: what? Give one of RUN, --space SPACE and --from architecture.yaml"};
  if (!line.arguments.empty()) return subjects_from_run(line);
  if (count_of(line, {"candidate", "front", "knee", "best"}) > 0) {
    return Error{"export: --candidate, --front, --knee and --best choose from a RUN, name one"};
  }
  auto subject = subject_without_run(line);
  if (!subject) return subject.error();
  std::vector<ExportSubject> one;
  one.push_back(std::move(*subject));
  return one;
}

/// Several go into directories of their own inside --to.
fs::path directory_of(const CommandLine& line, const ExportSubject& subject, bool is_alone) {
  if (!has(line, "to")) {
    return subject.origin ? subject.origin->run / "export" / subject.name : fs::path(subject.name + "-export");
  }
  const fs::path to = text_of(line, "to");
  return is_alone ? to : to / subject.name;
}

/// What the experiment of --data trains on.
Result<DataOptions> data_of_experiment(const std::string& name) {
  const auto file = find_experiment(name);
  if (!file) return file.error();
  const auto experiment = load_experiment(*file);
  if (!experiment) return experiment.error();
  DataOptions data = experiment->config.data;
  if (data.split_seed == DataOptions::kRunSeed) data.split_seed = experiment->config.seed;
  return data;
}

Result<ExportOptions> export_options(const CommandLine& line) {
  ExportOptions options;
  if (has(line, "verify") && has(line, "no-verify")) return Error{"export: --verify or --no-verify, not both"};
  if (has(line, "verify")) options.verify = ExportOptions::Verify::Always;
  if (has(line, "no-verify")) options.verify = ExportOptions::Verify::Never;
  if (has(line, "force")) options.existing = ExistingTarget::Replace;
  options.weights = text_of(line, "weights");
  options.python = text_of(line, "python");
  if (has(line, "seed")) options.seed = line.options["seed"].as<std::uint64_t>();
  if (!has(line, "data")) return options;
  const auto data = data_of_experiment(text_of(line, "data"));
  if (!data) return data.error();
  options.data = *data;
  return options;
}

void print_report(const ExportReport& report, std::ostream& out) {
  fmt::print(out, "{}\n", report.directory.string());
  for (const std::string& note : report.notes) fmt::print(stderr, "nas: {}: {}\n", report.directory.string(), note);
  if (!report.verified) return;
  const VerifyResult& verified = *report.verified;
  std::string text = fmt::format("model.py {:.1e}", verified.source);
  text += verified.onnx ? fmt::format(", model.onnx {:.1e}", *verified.onnx)
                        : std::string(" (that Python has no onnxruntime, so model.onnx was not run)");
  if (verified.float32_rounding) {
    text += fmt::format(", in float64: float32 rounds by {:.1e} in this network", *verified.float32_rounding);
  }
  fmt::print(stderr, "nas: compared with the trainer, of the largest output: {}\n", text);
}

Result<Unit> run_export(const CommandLine& line, std::ostream& out) {
  auto options = export_options(line);
  if (!options) return options.error();
  const auto chosen = subjects(line);
  if (!chosen) return chosen.error();
  if (chosen->size() > 1 && !options->weights.empty()) {
    return Error{fmt::format("--weights belongs to one network, {} are to be exported", chosen->size())};
  }
  for (const ExportSubject& subject : *chosen) {
    options->directory = directory_of(line, subject, !has(line, "front"));
    const auto report = export_network(subject, *options);
    if (!report) return report.error();
    print_report(*report, out);
  }
  return Unit{};
}

void declare(cxxopts::OptionAdder add) {
  add("candidate", "of the run: this one, by its number", cxxopts::value<std::string>(), "ID");
  add("front", "of the run: all of its Pareto front, each in a directory of its own");
  add("knee", "of the run: where the front bends, so that neither objective gains much more");
  add("best", "of the run: the best by this metric", cxxopts::value<std::string>(), "METRIC");
  add("space", "a network of this space, by name or file, without a run", cxxopts::value<std::string>(), "SPACE");
  add("architecture", "with --space: a named network", cxxopts::value<std::string>(), "NAME");
  add("genotype", "with --space: option indices joined by commas", cxxopts::value<std::string>(), "G");
  add("from", "the network of an exported architecture.yaml", cxxopts::value<std::string>(), "FILE");
  declare_space_options(add);
  add("to", "the directory to write (default: RUN/export/candidate-ID, or NAME-export here)",
      cxxopts::value<std::string>(), "DIR");
  add("weights", "a safetensors file: trained by train.py, or a checkpoint of nas-trainer",
      cxxopts::value<std::string>(), "FILE");
  add("data", "what it was trained on, for nas predict: the `data:` of this experiment (default: the run's)",
      cxxopts::value<std::string>(), "EXPERIMENT");
  add("seed", "of untrained weights (default: 1)", cxxopts::value<std::uint64_t>(), "SEED");
  add("verify", "fail where the files can't be compared with the trainer");
  add("no-verify", "do not compare them");
  add("python", "the Python that compares; it needs torch, and onnxruntime for model.onnx",
      cxxopts::value<std::string>(), "PROGRAM");
  add("force", "replace an earlier export");
}

std::string notes() {
  return "Writes model.py (PyTorch source), model.safetensors, model.onnx, architecture.yaml, architecture.svg,\n"
         "model_card.md, requirements.txt and train.py; prints the directory. Without --weights they are those that\n"
         "the run still has, else untrained. Where a Python with torch is found ($NAS_PYTHON, .venv, python3), the\n"
         "files are run and compared with the trainer.\n";
}

}  // namespace

std::vector<Command> export_commands() {
  return {{"export",
           "RUN (--candidate ID | --front | --knee | --best METRIC) | --space SPACE ... | --from FILE  [--to DIR]",
           "a network as PyTorch code, ONNX, weights and a model card", 0, 1, declare, run_export, notes}};
}

}  // namespace nas
