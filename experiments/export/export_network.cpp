#include "experiments/export/export_network.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <system_error>
#include <utility>

#include "experiments/export/model_card.h"
#include "experiments/export/preprocessing_file.h"
#include "experiments/export/run_program.h"
#include "experiments/export/train_script.h"
#include "experiments/search/local_evaluator.h"
#include "experiments/store/run_directory.h"
#include "nas/export/model_weights.h"
#include "nas/export/python_source.h"
#include "nas/network_json.h"
#include "nas/picture/picture.h"
#include "nas/picture/svg.h"
#include "trainer/data/mapped_file.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kOnnx = "model.onnx";
constexpr const char* kRequirements = "torch>=2.1\nsafetensors>=0.4\nnumpy\n";

std::string_view text_of(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

Result<Unit> write_pieces(const fs::path& file, const FilePieces& pieces) {
  std::ofstream out(file, std::ios::binary);
  pieces.write(out);
  out.close();
  if (out) return Unit{};
  return Error{fmt::format("{}: can't be written, is the disk full?", file.string())};
}

/// The newest checkpoint that the run still has of this candidate; empty for none.
fs::path newest_checkpoint(const RunOrigin& origin) {
  const fs::path folder =
      origin.run / run_files::kCheckpoints / std::to_string(number(origin.trial.asked.candidate.id));
  fs::path newest;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(folder, failed)) {
    if (entry.path().extension() == ".safetensors") newest = std::max(newest, entry.path());
  }
  return newest;
}

class Export {
 public:
  Export(const ExportSubject& subject, const ExportOptions& options, DraftDirectory& draft)
      : subject_(subject),
        options_(options),
        draft_(draft),
        network_(subject.built.network),
        graph_(make_export_graph(network_)),
        tree_(make_module_tree(graph_)),
        expected_(expected_weights(graph_, tree_)) {}

  Result<ExportReport> run() {
    using Step = Result<Unit> (Export::*)();
    for (const Step step : {&Export::write_source, &Export::find_weights, &Export::write_preprocessing_file,
                            &Export::write_onnx, &Export::verify, &Export::write_rest}) {
      if (auto done = (this->*step)(); !done) return done.error();
    }
    return std::move(report_);
  }

 private:
  Result<Unit> write(const char* name, const FilePieces& pieces) { return write_pieces(draft_.path() / name, pieces); }
  Result<Unit> write(const char* name, const std::string& text) {
    FilePieces pieces;
    pieces.add_view(text);
    return write(name, pieces);
  }

  std::string origin_text() const {
    std::string text = fmt::format("Search space: {}", subject_.built.space->name());
    text += fmt::format("\nGenotype: {}", to_string(subject_.source.genotype));
    if (subject_.origin) text += fmt::format("\nRun: {}", subject_.origin->study.name);
    return text + fmt::format("\nWritten by nas {} (nas export).", NAS_VERSION);
  }

  Result<Unit> write_source() {
    return write("model.py", python_source(graph_, tree_, {"Network", subject_.title + ".", origin_text()}));
  }

  /// Asks nas-trainer for weights or outputs. Error: there is no trainer, or what it said.
  Result<Unit> ask_trainer(nlohmann::json request) {
    const auto trainer = find_trainer();
    if (!trainer) return trainer.error();
    request["network"] = network_to_json(network_);
    request["seed"] = options_.seed;
    for (const ExpectedWeight& weight : expected_) request["names"][weight.node_name] = weight.model_name;
    const auto outcome = run_program({*trainer, "--model"}, request.dump(), draft_.work());
    if (!outcome) return outcome.error();
    if (outcome->exit_code == 0) return Unit{};
    return Error{fmt::format("nas-trainer could not build the network (exit code {}): {}", outcome->exit_code,
                             outcome->errors.empty() ? "it said nothing" : outcome->errors)};
  }

  Result<Unit> find_weights() {
    fs::path given = options_.weights;
    if (given.empty() && subject_.origin) given = newest_checkpoint(*subject_.origin);
    if (!given.empty()) return take_weights(given);
    if (const auto trainer = find_trainer(); !trainer) {
      facts_.weights = "It comes without weights.";
      report_.notes.push_back(fmt::format("without {} and {}: {}", kWeights, kOnnx, trainer.error().message));
      return Unit{};
    }
    const auto made = ask_trainer({{"write", (draft_.path() / kWeights).string()}});
    if (!made) return made.error();
    facts_.weights = fmt::format("Its weights are **not trained**: random, by seed {}.", options_.seed);
    report_.notes.push_back("its weights are not trained (none were given with --weights)");
    trained_ = false;
    return match(draft_.path() / kWeights);
  }

  Result<Unit> take_weights(const fs::path& given) {
    if (const auto matched = match(given); !matched) return matched.error();
    facts_.weights = fmt::format("Its weights are those of `{}`.", given.filename().string());
    trained_ = true;
    return write(kWeights, weights_file(weights_, {{"format", "pt"}}));
  }

  Result<Unit> match(const fs::path& file) {
    auto mapped = MappedFile::open(file);
    if (!mapped) return mapped.error();
    weight_file_ = std::move(*mapped);
    const auto tensors = read_safetensors(text_of(*weight_file_));
    if (!tensors) return Error{fmt::format("{} is no safetensors file, or is damaged", file.string())};
    auto matched = match_weights(expected_, *tensors);
    if (!matched) return Error{fmt::format("{}: {}", file.string(), matched.error().message)};
    weights_ = std::move(*matched);
    facts_.has_weights = true;
    return Unit{};
  }

  bool keep_preprocessing(const fs::path& file) {
    std::error_code failed;
    return fs::copy_file(file, draft_.path() / run_files::kPreprocessing, failed) && !failed;
  }

  /// An export without it is one that `nas predict` can't run.
  Result<Unit> write_preprocessing_file() {
    DataOptions data;
    if (options_.data) {
      data = *options_.data;
    } else {
      const nlohmann::json known = data_of(subject_);
      if (known.empty()) return Unit{};
      if (const auto read = options_from_json(options(data), known); !read) return read;
      if (data.split_seed == DataOptions::kRunSeed && subject_.origin) {
        data.split_seed = subject_.origin->config.value("seed", data.split_seed);
      }
    }
    if (subject_.origin && !subject_.trained && !options_.data) {
      // Written down by the search, as its trainings saw them: the data may be gone since.
      facts_.has_preprocessing = keep_preprocessing(subject_.origin->run / run_files::kPreprocessing);
      if (facts_.has_preprocessing) return Unit{};
    }
    const auto written = write_preprocessing(data, draft_.path() / run_files::kPreprocessing, draft_.work());
    facts_.has_preprocessing = static_cast<bool>(written);
    if (written || options_.data) return written;
    report_.notes.push_back(
        fmt::format("without preprocessing.json, so nas predict can't run it: {}", written.error().message));
    return Unit{};
  }

  Result<FilePieces> onnx_pieces(const std::vector<ModelWeight>& weights) const {
    const OnnxOptions options{"network",
                              NAS_VERSION,
                              {{"title", subject_.title},
                               {"space", subject_.built.space->name()},
                               {"genotype", to_string(subject_.source.genotype)}}};
    return onnx_model(graph_, tree_, weights, options);
  }

  Result<Unit> write_onnx() {
    if (!facts_.has_weights) return Unit{};
    const auto bytes = onnx_pieces(weights_);
    if (!bytes) {
      report_.notes.push_back(fmt::format("without {}: {}", kOnnx, bytes.error().message));
      return Unit{};
    }
    facts_.has_onnx = true;
    return write(kOnnx, *bytes);
  }

  Result<Unit> verify() {
    if (options_.verify == ExportOptions::Verify::Never) return Unit{};
    const bool must = options_.verify == ExportOptions::Verify::Always;
    const auto trainer = find_trainer();
    if (must && !trainer) return trainer.error();
    if (!trainer || !facts_.has_weights) return Unit{};
    const auto python = find_torch_python(options_.python, draft_.work());
    if (!python) return python.error();
    if (!*python) {
      const char* const none = "no Python here imports torch, name one with --python";
      if (must) return Error{fmt::format("--verify: {}", none)};
      report_.notes.push_back(fmt::format("not verified: {}", none));
      return Unit{};
    }
    return trained_ ? compare(**python, draft_.path()) : compare_off_defaults(**python);
  }

  /// In float32; where that differs, it may be by rounding alone, which float64 shows.
  Result<Unit> compare(const std::string& python, const fs::path& exported) {
    ExpectedOutputs expected{draft_.work() / "expected.safetensors"};
    nlohmann::json request = {{"read", (exported / kWeights).string()}, {"evaluate", expected.float32.string()}};
    if (const auto asked = ask_trainer(request); !asked) return asked;
    auto result = verify_export(python, exported, expected, draft_.work());
    if (result && !is_close(*result)) {
      expected.float64 = draft_.work() / "expected64.safetensors";
      request["evaluate"] = expected.float64.string();
      request["precision"] = "float64";
      if (const auto asked = ask_trainer(request); !asked) return asked;
      result = verify_export(python, exported, expected, draft_.work());
    }
    if (!result) return result.error();
    if (!is_close(*result)) return difference(*result);
    facts_.verified = report_.verified = std::move(*result);
    return Unit{};
  }

  /// Fresh statistics of normalisations hide mistakes: the comparison is of a copy with others.
  Result<Unit> compare_off_defaults(const std::string& python) {
    const fs::path folder = draft_.work() / "copy";
    std::error_code failed;
    fs::create_directories(folder, failed);
    fs::copy_file(draft_.path() / "model.py", folder / "model.py", failed);
    if (failed) return Error{fmt::format("{} can't be written: {}", folder.string(), failed.message())};
    const auto asked = ask_trainer({{"read", (draft_.path() / kWeights).string()},
                                    {"statistics", "random"},
                                    {"write", (folder / kWeights).string()}});
    if (!asked) return asked.error();
    if (facts_.has_onnx) {
      const auto file = MappedFile::open(folder / kWeights);
      if (!file) return file.error();
      const auto weights = match_weights(expected_, read_safetensors(text_of(**file)).value_or(TensorFile{}));
      if (!weights) return weights.error();
      const auto onnx = onnx_pieces(*weights);
      if (!onnx) return onnx.error();
      if (const auto written = write_pieces(folder / kOnnx, *onnx); !written) return written.error();
    }
    return compare(python, folder);
  }

  /// What the network was trained on, as far as anybody knows.
  nlohmann::json known_data() const {
    if (!options_.data) return data_of(subject_);
    DataOptions data = *options_.data;
    return options_to_json(nas::options(data));
  }

  TrainRecipe recipe() const {
    TrainRecipe recipe{.title = subject_.title, .data = known_data(), .training = training_of(subject_)};
    const TaskRow* const task = find_task(recipe.data.value("task", "classification"));
    if (task != nullptr) recipe.task = task->kind;
    const Shape output = network_.shape_of(network_.output);
    recipe.classes = recipe.task == TaskKind::Segmentation ? output.channels : output.elements();
    if (recipe.task == TaskKind::Regression || recipe.task == TaskKind::Restoration) recipe.classes = 0;
    recipe.held_out = subject_.origin ? subject_.origin->validation_examples : 0;
    recipe.has_preprocessing = facts_.has_preprocessing;
    return recipe;
  }

  Result<Unit> write_train_script() {
    const TrainRecipe made = recipe();
    const auto script = train_script(made, network_);
    if (!script) {
      report_.notes.push_back(fmt::format("without train.py: {}", script.error().message));
      return Unit{};
    }
    facts_.has_train_script = true;
    if (const auto left_out = left_out_of_script(made.training); !left_out.empty()) {
      report_.notes.push_back(
          fmt::format("train.py has not all of the recipe: {} left out", fmt::join(left_out, ", ")));
    }
    return write("train.py", *script);
  }

  std::string requirements() const {
    const bool reads_images = known_data().value("set", "") == "images";
    return reads_images ? kRequirements + std::string("pillow\n") : kRequirements;
  }

  Result<Unit> write_rest() {
    facts_.program_version = NAS_VERSION;
    report_.directory = options_.directory;
    if (const auto written = write_train_script(); !written) return written;
    const std::pair<const char*, std::string> files[] = {
        {"architecture.yaml", architecture_text(subject_.source, subject_.built, subject_.title)},
        {"architecture.svg", to_svg(picture_of(network_, subject_.title))},
        {"model_card.md", model_card(subject_, facts_)},
        {"requirements.txt", requirements()},
    };
    for (const auto& [name, text] : files) {
      if (const auto written = write(name, text); !written) return written.error();
    }
    return Unit{};
  }

  const ExportSubject& subject_;
  const ExportOptions& options_;
  const DraftDirectory& draft_;
  const Network& network_;
  ExportGraph graph_;
  ModuleTree tree_;
  std::vector<ExpectedWeight> expected_;
  std::shared_ptr<const MappedFile> weight_file_;
  std::vector<ModelWeight> weights_;  // point into weight_file_
  bool trained_ = false;
  ModelCardFacts facts_;
  ExportReport report_;
};

}  // namespace

Result<ExportReport> export_network(const ExportSubject& subject, const ExportOptions& options) {
  ExportOptions resolved = options;
  resolved.directory = fs::absolute(options.directory).lexically_normal();
  if (!resolved.directory.has_filename()) resolved.directory = resolved.directory.parent_path();
  if (const auto checked = check_export_target(resolved.directory, options.existing); !checked) return checked.error();
  auto draft = DraftDirectory::create(resolved.directory);
  if (!draft) return draft.error();
  auto report = Export(subject, resolved, *draft).run();
  if (!report) return report.error();
  if (auto kept = draft->keep_as(resolved.directory); !kept) return kept.error();
  return report;
}

}  // namespace nas
