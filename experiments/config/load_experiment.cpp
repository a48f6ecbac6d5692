#include "experiments/config/load_experiment.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/diagnostics.h"
#include "experiments/config/expressions.h"
#include "experiments/config/read_experiment.h"
#include "experiments/config/shipped_files.h"
#include "mpi/command_check.h"
#include "nas/csv_table.h"
#include "trainer/data/task_check.h"
#include "trainer/training_check.h"

namespace nas {

namespace {

std::string kind_of_metrics(EvaluatorType type) {
  switch (type) {
    case EvaluatorType::Train:
      return "training reports";
    case EvaluatorType::Table:
      return "is a column of the table";
    case EvaluatorType::Command:
      return "evaluator.metrics names";
  }
  return {};
}

/// `val_accuracy.early`: whether networks have an exit `early` is known once there is a space.
bool may_be_of_exit(std::string_view name, const std::vector<std::string>& trained) {
  const std::size_t dot = name.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view base = name.substr(0, dot);
  return base == "params" || base == "macs" || std::find(trained.begin(), trained.end(), base) != trained.end();
}

/// Looks an expression's variables up; without a list of metrics everything passes.
class MetricChecker {
 public:
  MetricChecker(const ExperimentConfig& config, std::optional<std::vector<std::string>> metrics,
                Diagnostics& diagnostics)
      : type_(config.evaluator.type), metrics_(std::move(metrics)), diagnostics_(&diagnostics) {
    if (type_ == EvaluatorType::Train) of_exits_ = metrics_of_outputs(config);
  }

  void check(const Expression& expression, const Place& place, const std::string& path) const {
    if (!metrics_) return;
    if (expression.variables().empty()) {
      diagnostics_->add(place, path, fmt::format("'{}' reads no metric", expression.text()));
    }
    for (const std::string& name : expression.variables()) {
      if (std::find(metrics_->begin(), metrics_->end(), name) != metrics_->end()) continue;
      if (may_be_of_exit(name, of_exits_)) continue;
      diagnostics_->add(
          place, path,
          fmt::format("'{}' is no metric that {}{}", name, kind_of_metrics(type_), suggest(name, *metrics_)));
    }
  }

 private:
  EvaluatorType type_;
  std::vector<std::string> of_exits_;  // metrics of training that exits have too
  std::optional<std::vector<std::string>> metrics_;
  Diagnostics* diagnostics_;
};

void check_space(const YamlNode& root, LoadedExperiment& loaded, Diagnostics& diagnostics) {
  const auto file = find_space_file(root, loaded.config.space, diagnostics);
  loaded.space_place = place_of(root, "space");
  if (!file) return;
  loaded.space_file = *file;
  if (!is_path(loaded.config.space)) loaded.config.space = file->stem().string();
}

void check_data(const YamlNode& root, const std::optional<DataDescription>& known, LoadedExperiment& loaded,
                Diagnostics& diagnostics) {
  if (loaded.config.evaluator.type != EvaluatorType::Train || diagnostics.has_errors_in("data")) return;
  const auto say = [&](const std::string& message) {  // begins with the key at fault
    diagnostics.add(place_of(root, message.substr(0, message.find(':'))), "", message);
  };
  const Result<DataDescription> data = known ? Result<DataDescription>(*known) : describe_data(loaded.config.data);
  if (!data) return say(data.error().message);
  loaded.data = *data;
  if (diagnostics.has_errors_in("training")) return;
  if (const auto error = check_training(loaded.config.training, *data)) say(error->message);
}

/// The program and, for an interpreter, the script are looked for where the command will run.
void check_command_files(const YamlNode& root, const CommandOptions& options, Diagnostics& diagnostics) {
  const std::filesystem::path folder = options.folder;
  if (std::error_code failed; !std::filesystem::is_directory(folder, failed)) {
    diagnostics.add(place_of(root, "evaluator.folder"), "evaluator.folder",
                    fmt::format("there is no directory {}", options.folder));
    return;
  }
  std::vector<std::string> words = options.command;
  if (words[0].find('/') != std::string::npos) words[0] = (folder / words[0]).string();
  if (words.size() > 1 && !words[1].starts_with('-')) words[1] = (folder / words[1]).string();
  const Result<Unit> found = check_command(words);
  if (!found) diagnostics.add(place_of(root, "evaluator.command"), "evaluator.command", found.error().message);
}

/// Empty where the evaluator itself is wrong, which is said then.
std::optional<std::vector<std::string>> known_metrics(const YamlNode& root, const ExperimentConfig& config,
                                                      Diagnostics& diagnostics) {
  const EvaluatorConfig& evaluator = config.evaluator;
  if (diagnostics.has_errors_in("evaluator")) return {};
  if (evaluator.type == EvaluatorType::Command) check_command_files(root, evaluator.command, diagnostics);
  Result<std::vector<std::string>> names = reported_metrics(evaluator, task_of(config.data));
  if (names && evaluator.type == EvaluatorType::Train) {
    for (const auto& more :
         {latency_metric_names(config.training), mc_dropout_metric_names(config.training, task_of(config.data)),
          fold_metric_names(task_of(config.data), config.data.folds), energy_metric_names(config.training.energy)}) {
      names->insert(names->end(), more.begin(), more.end());
    }
  }
  if (names) return std::move(names).value();
  diagnostics.add(place_of(root, "evaluator.file"), "evaluator", names.error().message);
  return {};
}

}  // namespace

std::vector<std::string> metrics_of_outputs(const ExperimentConfig& config) {
  std::vector<std::string> names = exit_metric_names(task_of(config.data));
  const std::vector<std::string> of_folds = fold_metric_names(task_of(config.data), config.data.folds);
  names.insert(names.end(), of_folds.begin(), of_folds.end());
  return names;
}

Result<std::vector<std::string>> reported_metrics(const EvaluatorConfig& evaluator, TaskKind task) {
  std::vector<std::string> names;
  switch (evaluator.type) {
    case EvaluatorType::Train:
      names = trained_metric_names(task);
      break;
    case EvaluatorType::Table: {
      const Result<CsvTable> table = read_csv(evaluator.table.file);
      if (!table) return table.error();
      names = table->columns;
      std::erase(names, evaluator.table.genotype_column);
      break;
    }
    case EvaluatorType::Command:
      names = evaluator.command.metrics;
      break;
  }
  return with_counts(std::move(names));
}

Result<YamlNode> read_with_sets(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                Diagnostics& diagnostics) {
  Result<YamlNode> root = read_yaml(file);
  if (root) apply_sets(sets, *root, diagnostics);
  return root;
}

void apply_sets(const std::vector<std::string>& sets, YamlNode& root, Diagnostics& diagnostics) {
  for (const std::string& text : sets) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) {
      diagnostics.add({}, fmt::format("--set {}", text), "expected key.path=value, such as training.epochs=5");
      continue;
    }
    const Result<Unit> set = set_path(root, text.substr(0, equals), text.substr(equals + 1));
    if (!set) diagnostics.add({}, "", set.error().message);
  }
}

Result<LoadedExperiment> load_experiment(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                         const std::optional<DataDescription>& known_data) {
  Diagnostics diagnostics;
  const Result<YamlNode> root = read_with_sets(file, sets, diagnostics);
  if (!root) return root.error();
  LoadedExperiment loaded;
  loaded.config = read_experiment(*root, std::filesystem::absolute(file).parent_path(), diagnostics);
  check_space(*root, loaded, diagnostics);
  check_data(*root, known_data, loaded, diagnostics);
  const MetricChecker checker(loaded.config, known_metrics(*root, loaded.config, diagnostics), diagnostics);
  const auto check = [&](const Expression& expression, const Place& place, const std::string& path) {
    checker.check(expression, place, path);
  };
  const bool is_default = root->find("objectives") == nullptr;
  const auto path_of = [&](std::size_t i) {
    return is_default ? std::string("objectives (by default)") : fmt::format("objectives.{}", i);
  };
  loaded.objectives = parse_objectives(*root, loaded.config.objectives, path_of, check, diagnostics);
  loaded.limits = parse_limits(*root, loaded.config.limits, check, diagnostics);
  if (const YamlNode* parameters = root->find("parameters")) {
    for (const auto& [name, value] : parameters->entries) loaded.parameter_places[name] = value.place;
  }
  for (std::size_t i = 0; i < loaded.config.start_from.size(); ++i) {
    loaded.start_places.push_back(place_of(*root, fmt::format("start_from.{}", i)));
  }
  if (!diagnostics.empty()) return diagnostics.error();
  return loaded;
}

}  // namespace nas
