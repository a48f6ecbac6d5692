// YAML text as a plain tree in which every node knows its place. Everything that reads YAML here
// reads this; yaml-cpp stays in one file. Checks what yaml-cpp does not: duplicate keys, depth.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nas/result.h"

namespace nas {

/// Where a node was written; of a map's value: where its key stands. `file` may also be "--set".
struct Place {
  std::shared_ptr<const std::string> file;
  int line = 0;    // from 1; 0: no line (a default, the command line)
  int column = 0;  // from 1, in bytes; 0: unknown
};

/// "file:line:column", or as much of it as is known.
[[nodiscard]] std::string to_string(const Place& place);

struct YamlNode {
  enum class Kind { Null, Scalar, Sequence, Map };
  Kind kind = Kind::Null;
  Place place;
  std::string text;                                       // Scalar: as written, unquoted
  bool quoted = false;                                    // Scalar: "1" is a string, 1 is a number
  std::vector<YamlNode> items;                            // Sequence
  std::vector<std::pair<std::string, YamlNode>> entries;  // Map, in file order, keys unique

  // Defined elsewhere, as the pairs above must be complete for them and are not yet.
  YamlNode();
  YamlNode(const YamlNode& other);
  YamlNode(YamlNode&& other) noexcept;
  YamlNode& operator=(const YamlNode& other);
  YamlNode& operator=(YamlNode&& other) noexcept;
  ~YamlNode();

  /// Null where there is no such key or this is no map.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
  [[nodiscard]] YamlNode* find(std::string_view key);
  [[nodiscard]] std::vector<std::string> keys() const;
  /// The number that an unquoted scalar spells (1, 2e6, -0.5, 0x1f); empty otherwise, also for
  /// .inf, .nan and what exceeds a double: no setting here has a use for them.
  [[nodiscard]] std::optional<double> number() const;
};

/// Error: `file:line:column: ...` (not YAML, a duplicate key, nested deeper than 64, several documents,
/// tags, merge keys, over a million nodes or 64 MiB with aliases copied). `name` is what errors
/// call the text.
[[nodiscard]] Result<YamlNode> parse_yaml(std::string_view text, const std::string& name);

/// Error: no such file, a directory, unreadable, larger than 16 MiB.
[[nodiscard]] Result<YamlNode> read_yaml(const std::filesystem::path& file);

/// Scalars become null, bool, integer, number or string by YAML 1.2's core schema, but that .inf
/// and .nan are strings.
[[nodiscard]] nlohmann::json to_json(const YamlNode& node);

/// Sets `path` ("training.epochs"; a number indexes a sequence) to the YAML in `value`, making
/// maps on the way. Error: the path runs through a scalar, or the value is not YAML.
[[nodiscard]] Result<Unit> set_path(YamlNode& root, std::string_view path, std::string_view value);

/// JSON as YAML text that reads back to the same JSON; for the resolved config. REQUIRES: numbers
/// are finite, strings UTF-8, keys under 1,000 bytes.
[[nodiscard]] std::string yaml_text(const nlohmann::json& json);

}  // namespace nas
