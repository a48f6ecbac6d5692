// Everything that is wrong with an experiment, so that it is said all at once.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "nas/option.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

class Diagnostics {
 public:
  /// "file:line:column: key.path: message"; the path may be empty.
  void add(const Place& place, std::string_view path, std::string_view message);

  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] std::size_t size() const { return lines_.size(); }
  /// Whether something is wrong with a key of this section.
  [[nodiscard]] bool has_errors_in(std::string_view section) const;
  /// A line each, in the order of the file. REQUIRES: not empty.
  [[nodiscard]] Error error() const;

 private:
  struct Line {
    Place place;
    std::string path;
    std::string text;
  };
  std::vector<Line> lines_;
};

/// "training.epochs"; `key` alone where `path` is empty.
[[nodiscard]] std::string join_path(std::string_view path, std::string_view key);

/// Sets the rows named in the map `node`; a null node sets nothing. Adds unknown keys and bad
/// values. `other_keys` are read by somebody else. `path` is where the node is in the experiment.
void read_options(const YamlNode& node, std::string_view path, const Options& rows,
                  const std::vector<std::string>& other_keys, Diagnostics& diagnostics);

}  // namespace nas
