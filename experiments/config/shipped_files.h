// The recipes and search spaces that come with the program, found at run time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "nas/result.h"

namespace nas {

struct ShippedFile {
  std::string name;     // of the file, without .yaml
  std::string summary;  // its first comment line
  std::filesystem::path path;
};

/// By name. The first that exists of $NAS_HOME/recipes, ../share/nas/recipes beside the program's
/// folder, and experiments/recipes of the source tree that it was built from.
[[nodiscard]] std::vector<ShippedFile> shipped_recipes();

/// The same with $NAS_HOME/spaces, ../share/nas/spaces and search_spaces/library.
[[nodiscard]] std::vector<ShippedFile> shipped_spaces();

/// The file that `nas space new` copies: $NAS_HOME/starter, ../share/nas/starter and
/// search_spaces/starter, in that order. May not exist where the installation is broken.
[[nodiscard]] std::filesystem::path starter_space();

/// A path (it holds a '/' or ends in .yaml or .yml; relative to `folder`) or a name of the library.
/// Absolute. Error: no such file, or the nearest name.
[[nodiscard]] Result<std::filesystem::path> find_space(const std::string& name_or_path,
                                                       const std::filesystem::path& folder);

/// The same for an experiment: a path relative to the working directory, or a recipe's name.
[[nodiscard]] Result<std::filesystem::path> find_experiment(const std::string& name_or_path);

/// Whether find_space and find_experiment take this text for a path.
[[nodiscard]] bool is_path(const std::string& name_or_path);

}  // namespace nas
