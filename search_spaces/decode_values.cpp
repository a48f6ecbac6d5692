// Values, now that every gene is known.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "search_spaces/decoder_state.h"
#include "search_spaces/formula.h"

namespace nas {
namespace {

std::optional<Value> constant_value(const ValueNode& node) {
  if (node.kind == ValueNode::Kind::Number) return node.number;
  if (node.kind == ValueNode::Kind::Word) return node.word;
  return std::nullopt;
}

}  // namespace

std::optional<Value> Decoder::look_up(const std::string& name, const Frame& frame, Tensor current) const {
  for (auto entry = frame.names.rbegin(); entry != frame.names.rend(); ++entry) {
    if (entry->first == name) return entry->second;
  }
  for (const auto& [parameter, number] : ast_.parameters) {
    if (parameter == name) return number;
  }
  if (const auto found = genes_.named.find(name); found != genes_.named.end()) {
    const auto& [value, gene] = found->second;
    return constant_value(value->items[static_cast<std::size_t>(genotype_.genes[gene])]);
  }
  if (name == "channels") return static_cast<double>(shape(current).channels);
  if (name == "size") return static_cast<double>(shape(current).size[0]);
  if (name == "input.channels") return static_cast<double>(shape(frame.entered).channels);
  if (name == "input.size") return static_cast<double>(shape(frame.entered).size[0]);
  if (name == "input.stride") return frame.entered_stride;
  return std::nullopt;
}

std::optional<Value> Decoder::evaluate(const ValueNode& node, const Frame& frame, Tensor current) {
  switch (node.kind) {
    case ValueNode::Kind::Number:
      return node.number;
    case ValueNode::Kind::Word:
      return node.word;
    case ValueNode::Kind::Formula:
      return evaluate_formula(node.place, node.what, *node.formula, frame, current);
    case ValueNode::Kind::Choice:
      return evaluate(node.items[option(node.choice, frame.scope)], frame, current);
    case ValueNode::Kind::List:
      break;
  }
  std::vector<double> numbers;
  for (const ValueNode& item : node.items) {
    const auto number = evaluate_number(item, frame, current);
    if (!number) return std::nullopt;
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<Value> Decoder::evaluate_formula(const Place& place, const std::string& what, const Expression& formula,
                                               const Frame& frame, Tensor current) {
  const auto& variables = formula.variables();
  std::vector<double> numbers;
  numbers.reserve(variables.size());
  for (const std::string& name : variables) {
    auto value = look_up(name, frame, current);
    if (value && variables.size() == 1 && formula.text() == name) return value;
    const auto* number = value ? std::get_if<double>(&*value) : nullptr;
    if (number == nullptr) {
      fail(place, fmt::format("{}: '{}' is no number, so it can't be calculated with", what, name));
      return std::nullopt;
    }
    numbers.push_back(*number);
  }
  const double result = nas::evaluate_formula(formula, numbers);
  if (std::isfinite(result)) return result;
  fail(place, fmt::format("{}: '{}' gives no finite number here", what, formula.text()));
  return std::nullopt;
}

std::optional<double> Decoder::evaluate_number(const ValueNode& node, const Frame& frame, Tensor current) {
  const auto value = evaluate(node, frame, current);
  if (!value) return std::nullopt;
  if (const auto* number = std::get_if<double>(&*value)) return *number;
  fail(node.place, fmt::format("{}: expected a number, got '{}'", node.what, to_string(*value)));
  return std::nullopt;
}

std::optional<std::string> Decoder::evaluate_name(const NameTemplate& name, const Frame& frame, Tensor current) {
  std::string text = name.texts.front();
  for (std::size_t i = 0; i < name.formulas.size(); ++i) {
    const auto value = evaluate_formula(name.place, name.what, name.formulas[i], frame, current);
    if (!value) return std::nullopt;
    text += to_string(*value) + name.texts[i + 1];
  }
  return text;
}

bool Decoder::evaluate_arguments(const Arguments& arguments, const Frame& frame, Tensor current, NamedValues& values) {
  values.reserve(arguments.size());
  for (const auto& [name, node] : arguments) {
    auto value = evaluate(node, frame, current);
    if (!value) return false;
    values.emplace_back(name, std::move(*value));
  }
  return true;
}

/// What the use says, else the definition's default, evaluated inside.
bool Decoder::bind(const Arguments& parameters, const Step& step, const Frame& outer, Tensor current, Frame& inner) {
  NamedValues given;
  if (!evaluate_arguments(step.arguments, outer, current, given)) return false;
  for (const auto& parameter : parameters) {
    const auto& [name, node] = parameter;
    const auto is_it = [&](const auto& entry) { return entry.first == parameter.first; };
    const auto found = std::find_if(given.begin(), given.end(), is_it);
    auto value = found != given.end() ? std::optional(std::move(found->second)) : evaluate(node, inner, current);
    if (!value) return false;
    inner.names.emplace_back(name, std::move(*value));
  }
  return true;
}

}  // namespace nas
