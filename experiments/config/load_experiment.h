// experiment.yaml + --set -> ExperimentConfig, with everything checked that needs no search space.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/diagnostics.h"
#include "experiments/config/experiment_config.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

struct LoadedExperiment {
  ExperimentConfig config;
  std::filesystem::path space_file;               // absolute; exists
  Place space_place;                              // of `space:`, for errors about the space
  std::map<std::string, Place> parameter_places;  // of `parameters:`
  std::vector<Place> start_places;                // of the items of `start_from:`
  std::optional<DataDescription> data;            // of the evaluator `train`
  std::vector<Objective> objectives;
  std::vector<Limit> limits;
};

/// The file's tree with `sets` in it, texts of the form key.path=value; those that cannot be set are
/// added. Error: the file is no YAML.
[[nodiscard]] Result<YamlNode> read_with_sets(const std::filesystem::path& file, const std::vector<std::string>& sets,
                                              Diagnostics& diagnostics);

/// Puts texts of the form key.path=value into the tree; those that cannot be set are added.
void apply_sets(const std::vector<std::string>& sets, YamlNode& root, Diagnostics& diagnostics);

/// `sets`: texts of the form key.path=value; paths in them are relative to the working directory,
/// those in the file to the file's folder. `known_data`: what a run's data were when it was prepared; they need not be
/// there then. Error: all that is wrong, a line each
/// (`file:line:column: key.path: what was expected`), by line.
[[nodiscard]] Result<LoadedExperiment> load_experiment(const std::filesystem::path& file,
                                                       const std::vector<std::string>& sets = {},
                                                       const std::optional<DataDescription>& known_data = {});

/// Metrics of a training that each of a network's exits has too, without the exit's name.
[[nodiscard]] std::vector<std::string> metrics_of_outputs(const ExperimentConfig& config);

/// Names that objectives and limits may use, as far as can be told without the space: what the
/// evaluator reports (of a table: every column but the genotypes'), params and macs (known only
/// where the space has a network). Those of exits, such as `val_accuracy.early`, come with the
/// space. Error: the table cannot be read.
[[nodiscard]] Result<std::vector<std::string>> reported_metrics(const EvaluatorConfig& evaluator, TaskKind task);

}  // namespace nas
