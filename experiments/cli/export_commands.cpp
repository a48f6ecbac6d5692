// nas export

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>
#include <utility>

#include "experiments/cli/rows.h"
#include "experiments/cli/space/chosen_networks.h"
#include "experiments/cli/space/open_space.h"
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
  const std::string text = text_of(line, "candidate");
  std::uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return Error{
        fmt::format("--candidate {}: expected the number of a candidate (nas front and nas trials list them)", text)};
  }
  choice.id = CandidateId{id};
  return choice;
}

Result<std::vector<ExportSubject>> subjects_from_run(const CommandLine& line) {
  const auto choice = candidate_choice(line);
  if (!choice) return choice.error();
  const auto more = space_overrides(line);
  if (!more) return more.error();
  return subjects_of_run(line.arguments.front(), *choice, *more);
}

Result<ExportSubject> finish(ExportSubject subject) {
  auto built = build(subject.source);
  if (!built) return built.error();
  subject.built = std::move(*built);
  return subject;
}

Result<ExportSubject> subject_from_file(const CommandLine& line) {
  auto source = read_architecture(text_of(line, "from"));
  if (!source) return source.error();
  const auto more = space_overrides(line);
  if (!more) return more.error();
  override_more(*source, *more);
  auto subject = finish({"", "", std::move(*source), {}, {}});
  if (!subject) return subject;
  subject->name = subject->built.space->name();
  subject->title = fmt::format("A network of the search space {}", subject->built.space->name());
  return subject;
}

Result<std::string> read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) return Error{fmt::format("{}: can't be read", file.string())};
  return std::move(text).str();
}

Result<ExportSubject> named_subject(OpenedSpace& opened, ExportSubject subject, const std::string& asked) {
  const auto names = architecture_names(*opened.space, {asked});
  if (!names) return names.error();
  if (names->size() != 1) return Error{"--architecture all: one network at a time"};
  const auto network = chosen_architecture(opened, names->front());
  if (!network) return network.error();
  subject.name = names->front();
  subject.title = fmt::format("{} of the search space {}", names->front(), opened.space->name());
  subject.source.overrides.architecture = names->front();
  subject.source.genotype = network->genotype;
  return finish(std::move(subject));
}

Result<ExportSubject> subject_from_space(const CommandLine& line) {
  if (count_of(line, {"genotype", "architecture"}) != 1) {
    return Error{"export --space: which network? Give one of --architecture NAME and --genotype G"};
  }
  auto opened = open_space(CommandLine{line.options, {text_of(line, "space")}});
  if (!opened) return opened.error();
  auto text = read_text(opened->file);
  if (!text) return text.error();
  ExportSubject subject{"", "", {opened->file.string(), std::move(*text), opened->overrides, {}}, {}, {}};
  if (has(line, "architecture")) return named_subject(*opened, std::move(subject), text_of(line, "architecture"));
  auto genotype = read_genotype(*opened->space, text_of(line, "genotype"), "--genotype");
  if (!genotype) return genotype.error();
  subject.name = opened->space->name();
  subject.title = fmt::format("A network of the search space {}", opened->space->name());
  subject.source.genotype = std::move(*genotype);
  return finish(std::move(subject));
}

Result<std::vector<ExportSubject>> subjects(const CommandLine& line) {
  const std::size_t ways = line.arguments.size() + count_of(line, {"space", "from"});
  if (ways != 1) return Error{"export: what? Give one of RUN, --space SPACE and --from architecture.yaml"};
  if (!line.arguments.empty()) return subjects_from_run(line);
  if (count_of(line, {"candidate", "front", "knee", "best"}) > 0) {
    return Error{"export: --candidate, --front, --knee and --best choose from a RUN, name one"};
  }
  auto subject = has(line, "from") ? subject_from_file(line) : subject_from_space(line);
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

Result<ExportOptions> export_options(const CommandLine& line) {
  ExportOptions options;
  if (has(line, "verify") && has(line, "no-verify")) return Error{"export: --verify or --no-verify, not both"};
  if (has(line, "verify")) options.verify = ExportOptions::Verify::Always;
  if (has(line, "no-verify")) options.verify = ExportOptions::Verify::Never;
  if (has(line, "force")) options.existing = ExportOptions::Existing::Replace;
  options.weights = text_of(line, "weights");
  options.python = text_of(line, "python");
  if (has(line, "seed")) options.seed = line.options["seed"].as<std::uint64_t>();
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
