#include "search_spaces/yaml_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace nas {
namespace {

using Json = nlohmann::json;

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes digits off the front and says how many.
std::size_t take_digits(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && text[n] >= '0' && text[n] <= '9') ++n;
  text.remove_prefix(n);
  return n;
}

std::string_view without_sign(std::string_view text) {
  if (!text.empty() && (text[0] == '+' || text[0] == '-')) text.remove_prefix(1);
  return text;
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)? of YAML 1.2, 10.3.2.
bool is_decimal(std::string_view text) {
  text = without_sign(text);
  const std::size_t before = take_digits(text);
  std::size_t after = 0;
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    after = take_digits(text);
  }
  if (before + after == 0) return false;
  if (text.empty()) return true;
  return (text[0] == 'e' || text[0] == 'E') && all_digits(without_sign(text.substr(1)));
}

template <class T>
std::optional<T> parse_all(std::string_view text, auto... how) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, how...);
  if (error != std::errc{} || end != text.data() + text.size()) return {};
  return value;
}

/// The integer that `text` spells by the core schema; null JSON where it spells none.
Json integer(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) base = 16;
  if (text.starts_with("0o")) base = 8;
  if (base != 10) {
    const auto value = parse_all<std::uint64_t>(text.substr(2), base);
    return value ? Json(*value) : Json();
  }
  if (!all_digits(without_sign(text))) return {};
  if (text[0] == '+') text.remove_prefix(1);
  if (const auto value = parse_all<std::int64_t>(text)) return *value;
  if (const auto value = parse_all<std::uint64_t>(text)) return *value;
  return {};  // too large: read as a floating-point number
}

Json scalar_to_json(const YamlNode& node) {
  const std::string& text = node.text;
  if (node.quoted) return text;
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (Json whole = integer(text); !whole.is_null()) return whole;
  if (const auto number = node.number()) return *number;
  return text;
}

bool is_plain_char(char c) {
  const bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return word || std::string_view("_./+-*^()<>= ").find(c) != std::string_view::npos;
}

/// Words that YAML 1.2 or 1.1 readers take for null or a truth value.
bool is_reserved_word(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  static constexpr std::string_view kWords[] = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::find(std::begin(kWords), std::end(kWords), text) != std::end(kWords);
}

std::string string_text(const std::string& text) {
  const auto starts_a_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '/';
  };
  const bool plain = !text.empty() && starts_a_word(text[0]) && text.back() != ' ' &&
                     std::all_of(text.begin(), text.end(), is_plain_char) && !is_reserved_word(text);
  return plain ? text : Json(text).dump();  // a JSON string is a double-quoted YAML scalar
}

std::string scalar_text(const Json& json) {
  if (json.is_string()) return string_text(json.get_ref<const std::string&>());
  if (!json.is_number_float()) return json.dump();
  const auto value = json.get<double>();
  std::string text = fmt::format("{}", value);  // the shortest form that reads back
  const bool looks_whole = text.find_first_of(".en") == std::string::npos;
  return looks_whole ? text + ".0" : text;
}

bool is_block(const Json& json) { return json.is_structured() && !json.empty(); }

std::string block_text(const Json& json, std::size_t indent);

std::string sequence_text(const Json& json, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string text;
  for (const Json& item : json) {
    if (is_block(item)) {
      std::string block = block_text(item, indent + 2);
      block[indent] = '-';  // the item's first line begins beside its dash
      text += block;
    } else {
      text += fmt::format("{}- {}", margin, yaml_text(item));
    }
  }
  return text;
}

std::string map_text(const Json& json, std::size_t indent) {
  const std::string margin(indent, ' ');
  std::string text;
  for (const auto& [key, value] : json.items()) {
    const std::string name = string_text(key);
    if (is_block(value)) {
      text += fmt::format("{}{}:\n{}", margin, name, block_text(value, indent + 2));
    } else {
      text += fmt::format("{}{}: {}", margin, name, yaml_text(value));
    }
  }
  return text;
}

std::string block_text(const Json& json, std::size_t indent) {
  return json.is_array() ? sequence_text(json, indent) : map_text(json, indent);
}

void set_places(YamlNode& node, const Place& place) {
  node.place = place;
  for (YamlNode& item : node.items) set_places(item, place);
  for (auto& [key, value] : node.entries) set_places(value, place);
}

/// The child of `node` named `key`, made if it is not there.
Result<YamlNode*> child(YamlNode& node, const std::string& key, const std::string& above, const Place& place) {
  if (node.kind == YamlNode::Kind::Sequence) {
    const auto index = parse_all<std::size_t>(key);
    if (index && *index < node.items.size()) return &node.items[*index];
    return Error{
        fmt::format("{}: is a list of {} (numbered from 0), '{}' names none of them", above, node.items.size(), key)};
  }
  if (node.kind == YamlNode::Kind::Scalar) {
    return Error{fmt::format("{}: is the single value '{}', nothing below it can be set", above, node.text)};
  }
  node.kind = YamlNode::Kind::Map;
  if (YamlNode* found = node.find(key)) return found;
  YamlNode made;
  made.place = place;
  node.entries.emplace_back(key, std::move(made));
  return &node.entries.back().second;
}

}  // namespace

std::string to_string(const Place& place) {
  const std::string file = place.file ? *place.file : std::string();
  if (place.line <= 0) return file;
  return place.column > 0 ? fmt::format("{}:{}:{}", file, place.line, place.column)
                          : fmt::format("{}:{}", file, place.line);
}

YamlNode::YamlNode() = default;
YamlNode::YamlNode(const YamlNode& other) = default;
YamlNode::YamlNode(YamlNode&& other) noexcept = default;
YamlNode& YamlNode::operator=(const YamlNode& other) = default;
YamlNode& YamlNode::operator=(YamlNode&& other) noexcept = default;
YamlNode::~YamlNode() = default;

const YamlNode* YamlNode::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.first == key; });
  return found == entries.end() ? nullptr : &found->second;
}

YamlNode* YamlNode::find(std::string_view key) {
  return const_cast<YamlNode*>(std::as_const(*this).find(key));  // NOLINT: *this is not const
}

std::vector<std::string> YamlNode::keys() const {
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& [key, value] : entries) names.push_back(key);
  return names;
}

std::optional<double> YamlNode::number() const {
  if (kind != Kind::Scalar || quoted) return {};
  if (const Json whole = integer(text); !whole.is_null()) return whole.get<double>();
  if (!is_decimal(text)) return {};
  const std::string_view digits = text[0] == '+' ? std::string_view(text).substr(1) : std::string_view(text);
  return parse_all<double>(digits);
}

Json to_json(const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Null:
      return {};
    case YamlNode::Kind::Scalar:
      return scalar_to_json(node);
    case YamlNode::Kind::Sequence: {
      Json items = Json::array();
      for (const YamlNode& item : node.items) items.push_back(to_json(item));
      return items;
    }
    case YamlNode::Kind::Map: {
      Json entries = Json::object();
      for (const auto& [key, value] : node.entries) entries[key] = to_json(value);
      return entries;
    }
  }
  return {};
}

Result<Unit> set_path(YamlNode& root, std::string_view path, std::string_view value) {
  const std::string shown = fmt::format("--set {}", path);
  Result<YamlNode> parsed = parse_yaml(value, shown);
  if (!parsed) return parsed.error();
  const Place place{std::make_shared<const std::string>("--set"), 0, 0};
  set_places(*parsed, place);
  YamlNode* node = &root;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string key(path.substr(begin, end - begin));
    if (key.empty()) return Error{fmt::format("{}: an empty name in the path, write key.path=value", shown)};
    const std::string above = begin == 0 ? shown : fmt::format("{}: {}", shown, path.substr(0, begin - 1));
    Result<YamlNode*> next = child(*node, key, above, place);
    if (!next) return next.error();
    node = *next;
    begin = end + 1;
  }
  *node = parsed.value();
  return Unit{};
}

std::string yaml_text(const Json& json) {
  if (is_block(json)) return block_text(json, 0);
  return (json.is_structured() ? json.dump() : scalar_text(json)) + "\n";
}

}  // namespace nas
