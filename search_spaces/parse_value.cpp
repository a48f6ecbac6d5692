#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "nas/option.h"
#include "search_spaces/limits.h"
#include "search_spaces/parse_context.h"

namespace nas {
namespace {

constexpr std::size_t kMaxOptionName = 200;  // bytes

ValueNode number_value(const Place& place, double number) {
  ValueNode value;
  value.place = place;
  value.number = number;
  return value;
}

ValueNode parse_formula(ParseContext& context, const YamlNode& node, const std::string& what) {
  ValueNode value;
  value.kind = ValueNode::Kind::Formula;
  value.place = node.place;
  value.what = what;
  const std::string& text = node.text;
  if (!text.starts_with("${") || text.find('}') != text.size() - 1) {
    context.fail(node.place,
                 fmt::format("{}: '{}': an expression must be the whole value, write \"${{...}}\"", what, text));
    return number_value(node.place, 0);
  }
  auto parsed = Expression::parse(std::string_view(text).substr(2, text.size() - 3));
  if (!parsed) {
    context.fail(node.place, fmt::format("{}: {}", what, parsed.error().message));
    return number_value(node.place, 0);
  }
  value.formula = std::move(*parsed);
  return value;
}

ValueNode parse_scalar(ParseContext& context, const YamlNode& node, const std::string& what) {
  if (node.text.find("${") != std::string::npos) return parse_formula(context, node, what);
  if (const auto number = node.number()) return number_value(node.place, *number);
  if (!node.quoted && (node.text == "true" || node.text == "false")) {
    return number_value(node.place, node.text == "true" ? 1 : 0);
  }
  ValueNode value;
  value.kind = ValueNode::Kind::Word;
  value.place = node.place;
  value.what = what;
  value.word = node.text;
  return value;
}

/// What is wrong with a range, for people; empty: nothing.
std::string range_problem(std::optional<double> from, std::optional<double> to, std::optional<double> steps, bool log) {
  if (!from || !to) return "needs two numbers, {from: 1, to: 8}";
  if (*to < *from) return fmt::format("runs from {} down to {}, write the smaller number first", *from, *to);
  if (log && *from <= 0) return fmt::format("begins at {}, but with `log: true` it must begin above 0", *from);
  if (log && !steps) return "with `log: true` needs `steps`, how many options there are";
  const double count = steps.value_or(std::floor(*to - *from) + 1);
  if (count >= 1 && count <= kMaxOptions && count == std::floor(count)) return {};
  return fmt::format("has {} steps, use a whole number of `steps` from 1 to {}", count, kMaxOptions);
}

/// {from: 1, to: 8} in steps of 1, or {from, to, steps, log} with both ends included. Empty: an error.
std::vector<ValueNode> parse_range(ParseContext& context, const YamlNode& range, const std::string& what) {
  const std::size_t errors = context.errors.size();
  check_keys(context, range, construct("range"), what + ": a range of options");
  const auto number = [&](std::string_view key) -> std::optional<double> {
    const YamlNode* node = range.find(key);
    return node == nullptr ? std::nullopt : node->number();
  };
  const auto from = number("from");
  const auto to = number("to");
  const bool log = has_word(range, "log", "true");
  std::string problem = range_problem(from, to, number("steps"), log);
  if (range.find("steps") != nullptr && !number("steps")) problem = "needs a number of `steps`";
  if (!problem.empty() && context.errors.size() == errors) {
    context.fail(range.place, fmt::format("{}: this range of options {}", what, problem));
  }
  if (!problem.empty()) return {};
  const double steps = number("steps").value_or(std::floor(*to - *from) + 1);
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

ValueNode parse_choice(ParseContext& context, const YamlNode& node, const std::string& what) {
  check_keys(context, node, construct("choose"), what + ": `choose`");
  if (const YamlNode* by = node.find("by")) {
    context.fail(by->place,
                 what + ": `by` belongs to a choice of steps; for a value use an expression: \"${a ? b : c}\"");
  }
  ValueNode value;
  value.kind = ValueNode::Kind::Choice;
  value.place = node.place;
  value.what = what;
  const YamlNode& options = *node.find("choose");
  if (options.kind == YamlNode::Kind::Map) {
    value.items = parse_range(context, options, what);
    if (value.items.empty()) return number_value(node.place, 0);
  } else {
    for (const YamlNode& option : options.items) value.items.push_back(parse_value(context, option, what));
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

/// What a key of this kind must be, where that can be seen at once; empty: anything.
std::string_view expected_kind(const YamlNode& value, const LanguageKey& key) {
  const bool scalar = value.kind == YamlNode::Kind::Scalar;
  switch (key.kind) {
    case KeyKind::Flag:
      return scalar && (value.text == "true" || value.text == "false") ? "" : "true or false";
    case KeyKind::Text:
    case KeyKind::Name:
      return scalar && !value.text.empty() ? "" : "a name or text";
    case KeyKind::Numbers:
    case KeyKind::ValueList:
      return value.kind == YamlNode::Kind::Sequence ? "" : "a list of numbers, such as [1, 2]";
    case KeyKind::Blocks:
      return value.kind == YamlNode::Kind::Map ? "" : "bodies by name, {NAME: [STEP, ...]}";
    case KeyKind::Cells:
      return value.kind == YamlNode::Kind::Map ? "" : "cells by name, {NAME: {nodes: 4, ...}}";
    default:
      return "";
  }
}

/// Words, flags, names and lists, so that no reader of a key has to.
void check_kind(ParseContext& context, const YamlNode& value, const LanguageKey& key, std::string_view title) {
  if (key.kind == KeyKind::Word) return check_word(context, value, key, title);
  const std::string_view expected = expected_kind(value, key);
  if (!expected.empty()) context.fail(value.place, fmt::format("{}: {}: expected {}", title, key.name, expected));
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
  const auto near = scalar ? nearest_name(value.text, words) : std::nullopt;
  context.fail(value.place, fmt::format("{}: {}: expected {}{}{}", title, key.name, fmt::join(words, " or "),
                                        scalar ? fmt::format(", got '{}'", value.text) : "",
                                        near ? fmt::format(", did you mean '{}'?", *near) : ""));
}

bool has_word(const YamlNode& map, std::string_view key, std::string_view word) {
  const YamlNode* value = map.find(key);
  return value != nullptr && value->kind == YamlNode::Kind::Scalar && value->text == word;
}

ValueNode parse_value(ParseContext& context, const YamlNode& node, const std::string& what) {
  switch (node.kind) {
    case YamlNode::Kind::Scalar:
      return parse_scalar(context, node, what);
    case YamlNode::Kind::Map: {
      if (node.find("choose") != nullptr) return parse_choice(context, node, what);
      const std::vector<std::string> names = {"choose"};
      const auto near = node.entries.empty() ? std::nullopt : nearest_name(node.entries.front().first, names);
      context.fail(node.place, fmt::format("{}: expected a number, a word, \"${{expression}}\", a list or {{choose: "
                                           "[...]}}{}",
                                           what, near ? ", did you mean 'choose'?" : ""));
      break;
    }
    case YamlNode::Kind::Sequence: {
      ValueNode value;
      value.kind = ValueNode::Kind::List;
      value.place = node.place;
      value.what = what;
      for (const YamlNode& item : node.items) value.items.push_back(parse_value(context, item, what));
      return value;
    }
    case YamlNode::Kind::Null:
      context.fail(node.place, what + ": a value is missing here");
      break;
  }
  return number_value(node.place, 0);
}

Arguments parse_arguments(ParseContext& context, const YamlNode& map, const std::string& what) {
  Arguments arguments;
  if (map.kind == YamlNode::Kind::Null) return arguments;
  if (map.kind != YamlNode::Kind::Map) {
    context.fail(map.place, fmt::format("{}: expected values by name: {{name: value}}", what));
    return arguments;
  }
  for (const auto& [key, value] : map.entries) {
    arguments.emplace_back(key, parse_value(context, value, fmt::format("{}: {}", what, key)));
  }
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
  const YamlNode* weights = owner.find("weights");
  if (weights != nullptr && weights->kind == YamlNode::Kind::Sequence) {
    choice.weights = parse_weights(context, *weights, choice.options.size());
  }
  context.ast.choices.push_back(std::move(choice));
  return context.ast.choices.size() - 1;
}

}  // namespace nas
