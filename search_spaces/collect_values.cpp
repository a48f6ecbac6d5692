// What is known about values before any genotype.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "nas/option.h"
#include "search_spaces/collector.h"
#include "search_spaces/formula.h"

namespace nas {
namespace {

constexpr std::array<std::string_view, 5> kTensorNames = {"channels", "size", "input.channels", "input.size",
                                                          "input.stride"};

}  // namespace

AbstractValue Collector::evaluate(const ValueNode& value, const Environment& environment, const Position& at) {
  if (stopped_) return constant(0.0);
  switch (value.kind) {
    case ValueNode::Kind::Number:
      return constant(value.number);
    case ValueNode::Kind::Word:
      return constant(value.word);
    case ValueNode::Kind::Formula:
      return evaluate_formula(value.place, value.what, *value.formula, environment, at);
    case ValueNode::Kind::Choice:
      return evaluate_choice(value, environment, at);
    case ValueNode::Kind::List:
      break;
  }
  std::vector<AbstractValue> elements;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    Position inner = at;
    inner.path = join_path(at.path, std::to_string(i));
    elements.push_back(evaluate(value.items[i], environment, inner));
  }
  return map(value.place, elements, [&](const std::vector<const Value*>& values) {
    std::vector<double> numbers;
    for (const Value* element : values) numbers.push_back(number_of(*element, value));
    return Value(numbers);
  });
}

double Collector::number_of(const Value& value, const ValueNode& written) {
  if (const auto* number = std::get_if<double>(&value)) return *number;
  fail(written.place, fmt::format("{}: expected a number, got '{}'", written.what, to_string(value)));
  return 0;
}

AbstractValue Collector::evaluate_choice(const ValueNode& value, const Environment& environment, const Position& at) {
  const std::size_t index = gene(value.choice, at, [&] {
    std::vector<GeneOption> options = option_names(value.choice);
    for (std::size_t i = 0; i < options.size(); ++i) {
      if (value.items[i].kind == ValueNode::Kind::Number) options[i].number = value.items[i].number;
    }
    return options;
  });
  std::vector<AbstractValue> operands;
  spend(value.place, value.items.size());
  for (std::size_t i = 0; i < value.items.size() && !stopped_; ++i) {
    const ValueNode& item = value.items[i];
    Position inner = at;
    if (item.kind != ValueNode::Kind::Number && item.kind != ValueNode::Kind::Word) {
      inner.guard = narrow(value.place, at.guard, {{GeneCondition{index, {static_cast<std::int32_t>(i)}}}});
      inner.path = join_path(at.path, ast_.choices[value.choice].options[i]);
    }
    operands.push_back(evaluate(item, environment, inner));
  }
  if (stopped_) return unknown();
  if (const std::string& name = ast_.choices[value.choice].name; !name.empty() && at.scope == 0) {
    table_.named[name] = {&value, index};
  }
  return select(value.place, index, std::move(operands));
}

/// The operand that the gene's option says.
AbstractValue Collector::select(const Place& place, std::size_t gene, std::vector<AbstractValue> operands) {
  AbstractValue selector{true, {gene}, {}};
  const bool plain = std::all_of(operands.begin(), operands.end(),
                                 [](const AbstractValue& value) { return value.known && value.genes.empty(); });
  if (plain) {
    for (AbstractValue& operand : operands) selector.table.push_back(std::move(operand.table.front()));
    return count_rows({selector}, cardinality()) ? selector : unknown();
  }
  for (std::size_t i = 0; i < operands.size(); ++i) selector.table.emplace_back(static_cast<double>(i));
  operands.push_back(std::move(selector));
  return map(place, operands, [](const std::vector<const Value*>& values) {
    return *values[static_cast<std::size_t>(std::get<double>(*values.back()))];
  });
}

std::vector<std::string> Collector::known_names(const Environment& environment) const {
  std::vector<std::string> names(kTensorNames.begin(), kTensorNames.end());
  for (const Environment* some : {&environment, &parameters_}) {
    for (const auto& entry : *some) names.push_back(entry.first);
  }
  for (const auto& entry : table_.named) names.push_back(entry.first);
  return names;
}

/// Empty: no such name. Names of tensors are known only when a network is built.
std::optional<AbstractValue> Collector::look_up(const std::string& name, const Environment& environment,
                                                const Position& at) {
  const Environment& parameters = parameters_;
  for (const Environment* names : {&environment, &parameters}) {
    const auto found = std::find_if(names->rbegin(), names->rend(), [&](const auto& e) { return e.first == name; });
    if (found != names->rend()) return found->second;
  }
  if (const auto found = table_.named.find(name); found != table_.named.end()) {
    return evaluate_named(name, *found->second.first, at);
  }
  if (std::find(kTensorNames.begin(), kTensorNames.end(), name) != kTensorNames.end()) return unknown();
  return std::nullopt;
}

/// Reading a choice makes its genes active; once is enough for all that the reader's conditions cover.
AbstractValue Collector::evaluate_named(const std::string& name, const ValueNode& value, const Position& at) {
  if (const auto known = read_.find(name); known != read_.end()) {
    spend(value.place, extent(known->second.first) * at.guard.size());
    if (covers(known->second.first, at.guard)) return known->second.second;
  }
  AbstractValue result = evaluate(value, {}, {0, at.guard, {}});
  auto& [guard, known] = read_[name];
  widen(guard, at.guard);
  known = result;
  return result;
}

AbstractValue Collector::evaluate_formula(const Place& place, const std::string& what, const Expression& formula,
                                          const Environment& environment, const Position& at) {
  std::vector<AbstractValue> operands;
  for (const std::string& name : formula.variables()) {
    auto found = look_up(name, environment, at);
    if (!found && has_failed_at(place)) return constant(0.0);
    if (!found) {
      fail(place, fmt::format("{}: unknown name '{}' in an expression{}", what, name,
                              suggest(name, known_names(environment))));
      return constant(0.0);
    }
    operands.push_back(std::move(*found));
  }
  if (operands.size() == 1 && formula.text() == formula.variables().front()) return operands.front();
  return map(place, operands, [&](const std::vector<const Value*>& values) {
    std::vector<double> numbers;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto* number = std::get_if<double>(values[i]);
      if (number == nullptr && !has_failed_at(place))
        fail(place, fmt::format("{}: '{}' is '{}', which can't be calculated with", what, formula.variables()[i],
                                to_string(*values[i])));
      numbers.push_back(number == nullptr ? 0 : *number);
    }
    return Value(nas::evaluate_formula(formula, numbers));
  });
}

void Collector::check_name(const NameTemplate& name, const Environment& environment, const Position& at) {
  for (const Expression& formula : name.formulas)
    (void)evaluate_formula(name.place, name.what, formula, environment, at);
}

}  // namespace nas
