// Objectives and limits of a file, whoever reads it: an experiment or a benchmark.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "experiments/config/diagnostics.h"
#include "experiments/config/experiment_config.h"
#include "nas/objective.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// Adds what is wrong with an expression that parses, such as names that nothing reports.
using ExpressionCheck = std::function<void(const Expression&, const Place&, const std::string& path)>;

/// Those that parse; the others are added. `path_of`: the key path of each, for errors.
[[nodiscard]] std::vector<Objective> parse_objectives(const YamlNode& root,
                                                      const std::vector<ObjectiveConfig>& objectives,
                                                      const std::function<std::string(std::size_t)>& path_of,
                                                      const ExpressionCheck& check, Diagnostics& diagnostics);

/// Those of `limits:` that parse; the others are added.
[[nodiscard]] std::vector<Limit> parse_limits(const YamlNode& root, const std::vector<std::string>& limits,
                                              const ExpressionCheck& check, Diagnostics& diagnostics);

/// With params and macs, which a space with networks brings.
[[nodiscard]] std::vector<std::string> with_counts(std::vector<std::string> metrics);

/// The file of `space:`, a name of the library or an absolute path; empty where that is an error,
/// which is added.
[[nodiscard]] std::optional<std::filesystem::path> find_space_file(const YamlNode& root, const std::string& space,
                                                                   Diagnostics& diagnostics);

}  // namespace nas
