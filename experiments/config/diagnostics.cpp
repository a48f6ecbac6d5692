#include "experiments/config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace nas {

void Diagnostics::add(const Place& place, std::string_view path, std::string_view message) {
  std::string text = to_string(place);
  for (const std::string_view part : {path, message}) {
    if (!text.empty() && !part.empty()) text += ": ";
    text += part;
  }
  lines_.push_back({place, std::string(path), std::move(text)});
}

bool Diagnostics::has_errors_in(std::string_view section) const {
  return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
    return line.path.starts_with(section) && (line.path.size() == section.size() || line.path[section.size()] == '.');
  });
}

Error Diagnostics::error() const {
  std::vector<Line> sorted = lines_;
  // What has no line (a missing key, --set) comes last.
  const auto order = [](const Line& line) {
    return line.place.line > 0 ? line.place.line : std::numeric_limits<int>::max();
  };
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Line& a, const Line& b) { return order(a) < order(b); });
  std::string text;
  for (const Line& line : sorted) text += (text.empty() ? "" : "\n") + line.text;
  return Error{text};
}

std::string join_path(std::string_view path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

void read_options(const YamlNode& node, std::string_view path, const Options& rows,
                  const std::vector<std::string>& other_keys, Diagnostics& diagnostics) {
  if (node.kind == YamlNode::Kind::Null) return;
  if (node.kind != YamlNode::Kind::Map) {
    diagnostics.add(node.place, path, "expected keys with values (key: value)");
    return;
  }
  std::vector<std::string> names;
  for (const Option& row : rows) names.push_back(row.name);
  for (const std::string& key : other_keys) {
    if (std::find(names.begin(), names.end(), key) == names.end()) names.push_back(key);
  }
  for (const auto& [key, value] : node.entries) {
    const auto found = std::find(names.begin(), names.end(), key);
    const auto index = static_cast<std::size_t>(found - names.begin());
    if (found == names.end()) {
      const std::string hint = names.empty() ? ", nothing can be set here" : suggest(key, names);
      diagnostics.add(value.place, join_path(path, key), "unknown key" + hint);
    } else if (index < rows.size()) {
      const Result<Unit> set = set_option(rows[index], to_json(value));
      if (!set) diagnostics.add(value.place, join_path(path, key), set.error().message);
    }
  }
}

}  // namespace nas
