#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "nas/option.h"
#include "search_spaces/parse_context.h"

namespace nas {
namespace {

constexpr std::size_t kMaxOptions = 100'000;
constexpr std::size_t kMaxOptionName = 200;  // bytes
constexpr std::size_t kMaxErrors = 50;

ValueNode number_value(const Place& place, double number) {
  ValueNode value;
  value.place = place;
  value.number = number;
  return value;
}

ValueNode parse_formula(ParseContext& context, const YamlNode& node) {
  ValueNode value;
  value.kind = ValueNode::Kind::Formula;
  value.place = node.place;
  const std::string& text = node.text;
  if (!text.starts_with("${") || text.find('}') != text.size() - 1) {
    context.fail(node.place, fmt::format("'{}': an expression must be the whole value, write \"${{...}}\"", text));
    return number_value(node.place, 0);
  }
  auto parsed = Expression::parse(std::string_view(text).substr(2, text.size() - 3));
  if (!parsed) {
    context.fail(node.place, parsed.error().message);
    return number_value(node.place, 0);
  }
  value.formula = std::move(*parsed);
  return value;
}

ValueNode parse_scalar(ParseContext& context, const YamlNode& node) {
  if (node.text.find("${") != std::string::npos) return parse_formula(context, node);
  if (const auto number = node.number()) return number_value(node.place, *number);
  if (!node.quoted && (node.text == "true" || node.text == "false")) {
    return number_value(node.place, node.text == "true" ? 1 : 0);
  }
  ValueNode value;
  value.kind = ValueNode::Kind::Word;
  value.place = node.place;
  value.word = node.text;
  return value;
}

/// {from: 1, to: 8} in steps of 1, or {from, to, steps, log} with both ends included.
std::vector<ValueNode> parse_range(ParseContext& context, const YamlNode& range) {
  check_keys(context, range, construct("range"), "a range of options");
  const auto number = [&](std::string_view key) -> std::optional<double> {
    const YamlNode* node = range.find(key);
    return node == nullptr ? std::nullopt : node->number();
  };
  const auto from = number("from");
  const auto to = number("to");
  const YamlNode* log_node = range.find("log");
  const bool log = log_node != nullptr && log_node->text == "true";
  if (!from || !to || *to < *from || (log && *from <= 0)) {
    context.fail(range.place, "a range needs numbers `from` <= `to` (above 0 where `log: true`)");
    return {};
  }
  const double steps = number("steps").value_or(std::floor(*to - *from) + 1);
  if (steps < 1 || steps > kMaxOptions || steps != std::floor(steps) || (log && !number("steps"))) {
    context.fail(range.place, "a range needs a whole number of `steps`, 1 to 100000 (with `log: true` always)");
    return {};
  }
  const bool whole = !number("steps").has_value();
  std::vector<ValueNode> options;
  for (int i = 0; i < static_cast<int>(steps); ++i) {
    const double share = steps > 1 ? i / (steps - 1) : 0;
    const double value = whole ? *from + i : log ? *from * std::pow(*to / *from, share) : *from + (*to - *from) * share;
    options.push_back(number_value(range.place, value));
  }
  return options;
}

std::string option_name(const ValueNode& value) {
  switch (value.kind) {
    case ValueNode::Kind::Number:
      return fmt::format("{:.6g}", value.number);
    case ValueNode::Kind::Word:
      return value.word;
    case ValueNode::Kind::Formula:
      return fmt::format("${{{}}}", value.formula->text());
    case ValueNode::Kind::Choice:
      return "choose";
    case ValueNode::Kind::List:
      break;
  }
  std::string text;
  for (const ValueNode& item : value.items) text += (text.empty() ? "" : "x") + option_name(item);
  return text;
}

ValueNode parse_choice(ParseContext& context, const YamlNode& node) {
  check_keys(context, node, construct("choose"), "a choice of values");
  if (const YamlNode* by = node.find("by")) {
    context.fail(by->place, "`by` belongs to a choice of steps; for a value use an expression: \"${a ? b : c}\"");
  }
  ValueNode value;
  value.kind = ValueNode::Kind::Choice;
  value.place = node.place;
  const YamlNode& options = *node.find("choose");
  if (options.kind == YamlNode::Kind::Map) {
    value.items = parse_range(context, options);
  } else {
    for (const YamlNode& option : options.items) value.items.push_back(parse_value(context, option));
  }
  std::vector<std::string> names;
  for (const ValueNode& option : value.items) names.push_back(option_name(option));
  value.choice = add_choice(context, node, std::move(names));
  return value;
}

std::vector<double> parse_weights(ParseContext& context, const YamlNode& node, std::size_t options) {
  std::vector<double> weights;
  double sum = 0;
  for (const YamlNode& item : node.items) {
    weights.push_back(item.number().value_or(-1));
    if (!(weights.back() >= 0) || !std::isfinite(weights.back())) {
      context.fail(item.place, "a weight must be a number of at least 0");
      return {};
    }
    sum += weights.back();
  }
  if (weights.size() != options || !(sum > 0)) {
    context.fail(node.place, fmt::format("`weights` needs {} numbers, one an option, with a sum above 0", options));
    return {};
  }
  return weights;
}

/// Words, flags and names, so that no reader of a key has to.
void check_kind(ParseContext& context, const YamlNode& value, const LanguageKey& key, std::string_view title) {
  const bool scalar = value.kind == YamlNode::Kind::Scalar;
  if (key.kind == KeyKind::Word) {
    check_word(context, value, key, title);
  } else if (key.kind == KeyKind::Flag && (!scalar || (value.text != "true" && value.text != "false"))) {
    context.fail(value.place, fmt::format("{}: {}: expected true or false", title, key.name));
  } else if ((key.kind == KeyKind::Text || key.kind == KeyKind::Name) && (!scalar || value.text.empty())) {
    context.fail(value.place, fmt::format("{}: {}: expected a name or text", title, key.name));
  }
}

/// Not in the middle of a character.
std::string shortened(std::string text) {
  if (text.size() <= kMaxOptionName) return text;
  std::size_t end = kMaxOptionName;
  while ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end) + "...";
}

/// Options that read alike get their position, so that each has a name of its own.
void make_unique(std::vector<std::string>& names) {
  std::unordered_set<std::string> known;
  for (std::size_t i = 0; i < names.size(); ++i) {
    names[i] = shortened(std::move(names[i]));
    while (!known.insert(names[i]).second) names[i] += fmt::format("#{}", i);
  }
}

}  // namespace

bool ParseContext::is_full() const { return errors.size() > kMaxErrors; }

void ParseContext::fail(const Place& place, std::string_view what) {
  if (is_full()) return;
  errors.push_back(fmt::format("{}: {}", to_string(place), what));
  if (errors.size() == kMaxErrors) errors.push_back(fmt::format("only the first {} errors are shown", kMaxErrors));
}

void check_keys(ParseContext& context, const YamlNode& map, const Construct& construct, std::string_view what) {
  if (context.is_full()) return;
  const std::string title = what.empty() ? fmt::format("`{}`", construct.name) : std::string(what);
  if (map.kind != YamlNode::Kind::Map) {
    context.fail(map.place, fmt::format("{}: expected keys and values ({{key: value}})", title));
    return;
  }
  std::vector<std::string> names;
  for (const LanguageKey& key : construct.keys) {
    names.emplace_back(key.name);
    const YamlNode* value = map.find(key.name);
    if (value == nullptr && key.required) context.fail(map.place, fmt::format("{}: `{}` is missing", title, key.name));
    if (value != nullptr) check_kind(context, *value, key, title);
  }
  if (construct.is_step && !construct.nested) names.emplace_back("label");
  for (const auto& [key, value] : map.entries) {
    if (std::find(names.begin(), names.end(), key) == names.end()) {
      context.fail(value.place, fmt::format("{}: unknown key '{}'{}", title, key, suggest(key, names)));
    }
  }
}

void check_word(ParseContext& context, const YamlNode& value, const LanguageKey& key, std::string_view title) {
  const std::vector<std::string> words(key.words.begin(), key.words.end());
  const bool scalar = value.kind == YamlNode::Kind::Scalar;
  if (scalar && std::find(words.begin(), words.end(), value.text) != words.end()) return;
  context.fail(value.place,
               fmt::format("{}: {}: expected {}{}", title, key.name, fmt::join(words, " or "),
                           scalar ? fmt::format(", got '{}'{}", value.text, suggest(value.text, words)) : ""));
}

bool has_word(const YamlNode& map, std::string_view key, std::string_view word) {
  const YamlNode* value = map.find(key);
  return value != nullptr && value->kind == YamlNode::Kind::Scalar && value->text == word;
}

ValueNode parse_value(ParseContext& context, const YamlNode& node) {
  switch (node.kind) {
    case YamlNode::Kind::Scalar:
      return parse_scalar(context, node);
    case YamlNode::Kind::Map:
      if (node.find("choose") != nullptr) return parse_choice(context, node);
      context.fail(node.place, "expected a value: a number, a word, \"${expression}\", a list or {choose: [...]}");
      break;
    case YamlNode::Kind::Sequence: {
      ValueNode value;
      value.kind = ValueNode::Kind::List;
      value.place = node.place;
      for (const YamlNode& item : node.items) value.items.push_back(parse_value(context, item));
      return value;
    }
    case YamlNode::Kind::Null:
      context.fail(node.place, "a value is missing here");
      break;
  }
  return number_value(node.place, 0);
}

Arguments parse_arguments(ParseContext& context, const YamlNode& map) {
  Arguments arguments;
  if (map.kind == YamlNode::Kind::Null) return arguments;
  if (map.kind != YamlNode::Kind::Map) {
    context.fail(map.place, "expected arguments by name, such as {kernel: 3}");
    return arguments;
  }
  for (const auto& [key, value] : map.entries) arguments.emplace_back(key, parse_value(context, value));
  return arguments;
}

std::size_t add_choice(ParseContext& context, const YamlNode& owner, std::vector<std::string> options) {
  ChoiceNode choice;
  choice.place = owner.place;
  choice.options = std::move(options);
  if (choice.options.empty()) context.fail(owner.place, "`choose` needs a list with at least one option");
  if (choice.options.size() > kMaxOptions) {
    context.fail(owner.place, fmt::format("`choose` has {} options, more than {}", choice.options.size(), kMaxOptions));
  }
  make_unique(choice.options);
  if (const YamlNode* name = owner.find("name")) choice.name = name->text;
  if (const YamlNode* weights = owner.find("weights")) {
    choice.weights = parse_weights(context, *weights, choice.options.size());
  }
  context.ast.choices.push_back(std::move(choice));
  return context.ast.choices.size() - 1;
}

}  // namespace nas
