// The first half of load_experiment: the tree's keys into the config's fields.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "experiments/config/diagnostics.h"
#include "experiments/config/experiment_config.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// Every key that may stand at the top of an experiment.
[[nodiscard]] std::vector<std::string> experiment_keys();

/// Defaults where nothing is said; paths made absolute (from `folder`; from the working directory
/// in what --set brought). Names and expressions are not looked up yet.
[[nodiscard]] ExperimentConfig read_experiment(const YamlNode& root, const std::filesystem::path& folder,
                                               Diagnostics& diagnostics);

/// Sections that other files than experiments have too. Values that are wrong are left out.
[[nodiscard]] std::map<std::string, double> read_parameters(const YamlNode& node, Diagnostics& diagnostics);
/// The section `data`, its paths absolute.
void read_data_section(const YamlNode& root, const std::filesystem::path& folder, DataOptions& data,
                       Diagnostics& diagnostics);
/// {maximize: E} or {minimize: E}.
[[nodiscard]] std::optional<ObjectiveConfig> read_objective(const YamlNode& node, std::string_view path,
                                                            Diagnostics& diagnostics);
[[nodiscard]] std::vector<ObjectiveConfig> read_objectives(const YamlNode& node, std::string_view path,
                                                           Diagnostics& diagnostics);
/// A name, or a map with `type`; of the type `otherwise` if it says none. Empty type: it is
/// unknown. `because` is what a run's own config says of a choice by `auto`.
[[nodiscard]] AlgorithmChoice read_algorithm(const YamlNode& node, std::string_view path, const std::string& otherwise,
                                             Diagnostics& diagnostics);

/// The place of the value at `path`, or of the nearest value above it.
[[nodiscard]] Place place_of(const YamlNode& root, std::string_view path);

}  // namespace nas
