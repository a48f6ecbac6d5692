#include "nas/objective.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "nas/check.h"
#include "nas/expression_token.h"

namespace nas {
namespace {

using detail::Token;

constexpr std::array<std::string_view, 4> kComparisons = {"<=", "<", ">=", ">"};
constexpr std::array<std::string_view, 8> kNotBesideIt = {"==", "!=", "&&", "||", "~", "!", "?", ":"};

bool is_any(const Token& token, std::span<const std::string_view> symbols) {
  return std::any_of(symbols.begin(), symbols.end(), [&](std::string_view symbol) { return token.is(symbol); });
}

Error no_comparison(std::string_view text) {
  return Error{
      fmt::format("the limit '{}' is no single comparison, write one as in 'params <= 2e6', one limit a line", text)};
}

// The only comparison outside brackets.
Result<Token> find_comparison(std::string_view text, const std::vector<Token>& tokens) {
  const Token* found = nullptr;
  int depth = 0;
  for (const Token& token : tokens) {
    if (token.is("(")) ++depth;
    if (token.is(")")) --depth;
    if (depth > 0) continue;
    const bool comparison = is_any(token, kComparisons);
    if (is_any(token, kNotBesideIt) || (comparison && found != nullptr)) return no_comparison(text);
    if (comparison) found = &token;
  }
  if (found == nullptr) return no_comparison(text);
  return *found;
}

// A strict limit is not met by equality, though its excess is then 0: the smallest step counts.
std::string excess_text(const Token& comparison, std::string_view left, std::string_view right) {
  const bool at_most = comparison.text.front() == '<';
  const std::string excess =
      at_most ? fmt::format("({}) - ({})", left, right) : fmt::format("({}) - ({})", right, left);
  if (comparison.text.size() == 2) return excess;
  return fmt::format("({0}) == 0 ? 1e-300 : {0}", excess);
}

}  // namespace

Result<Limit> parse_limit(std::string_view text) {
  if (const auto whole = Expression::parse(text); !whole) return whole.error();
  const auto tokens = detail::tokenize(text);
  const Result<Token> comparison = find_comparison(text, *tokens);
  if (!comparison) return comparison.error();
  const std::string_view left = text.substr(0, comparison->begin);
  const std::string_view right = text.substr(comparison->end);
  Result<Expression> excess = Expression::parse(excess_text(*comparison, left, right));
  if (!excess) return excess.error();
  return Limit{std::string(text), std::move(excess).value()};
}

std::optional<double> evaluate(const Expression& expression, const Metrics& metrics) {
  std::vector<double> values;
  values.reserve(expression.variables().size());
  for (const std::string& name : expression.variables()) {
    const auto found = metrics.find(name);
    if (found == metrics.end()) return std::nullopt;
    values.push_back(found->second);
  }
  const double value = expression.evaluate(values);
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<std::vector<double>> objective_values(const std::vector<Objective>& objectives, const Metrics& metrics) {
  std::vector<double> values;
  values.reserve(objectives.size());
  for (const Objective& objective : objectives) {
    const std::optional<double> value = evaluate(objective.expression, metrics);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

std::vector<double> minimised(const std::vector<Objective>& objectives, std::vector<double> values) {
  NAS_CHECK(values.size() == objectives.size(), "one value for each objective");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (objectives[i].direction == Direction::Maximise) values[i] = -values[i];
  }
  return values;
}

bool can_evaluate(const Expression& expression, const std::vector<std::string>& names) {
  return std::all_of(expression.variables().begin(), expression.variables().end(), [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

}  // namespace nas
