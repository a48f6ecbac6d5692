#include "search_spaces/parameters.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "nas/option.h"
#include "search_spaces/formula.h"

namespace nas {
namespace {

constexpr std::size_t kMaxChain = 500;

class Resolver {
 public:
  explicit Resolver(const SpaceAst& ast) : ast_(ast), numbers_(ast.parameter_values.size()) {}

  std::optional<double> parameter(std::size_t index) {
    if (numbers_[index]) return numbers_[index];
    const auto& [name, value] = ast_.parameter_values[index];
    const bool circle = std::find(open_.begin(), open_.end(), name) != open_.end();
    open_.push_back(name);
    if (open_.size() > kMaxChain) return fail(value.place, "a chain of over 500 parameters, one defined by the next");
    if (circle)
      return fail(value.place, fmt::format("parameters: {}: defined by itself: {}", name, fmt::join(open_, " -> ")));
    const auto number = evaluate(value);
    open_.pop_back();
    numbers_[index] = number;
    return number;
  }

  std::optional<double> evaluate(const ValueNode& value) {
    if (value.kind == ValueNode::Kind::Number) return value.number;
    if (value.kind != ValueNode::Kind::Formula)
      return fail(value.place, value.what + ": expected a number or \"${expression}\"");
    std::vector<double> operands;
    for (const std::string& variable : value.formula->variables()) {
      const auto index = find(variable);
      if (!index) return fail(value.place, value.what + ": " + unknown(variable));
      const auto number = parameter(*index);
      if (!number) return std::nullopt;
      operands.push_back(*number);
    }
    const double result = evaluate_formula(*value.formula, operands);
    if (std::isfinite(result)) return result;
    return fail(value.place, fmt::format("{}: '{}' gives no finite number", value.what, value.formula->text()));
  }

  std::optional<Shape> shape(const std::vector<ValueNode>& values) {
    constexpr double kMaxAxis = 1e9;
    Shape shape;
    shape.dims = values.size() - 1;
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto number = evaluate(values[i]);
      if (!number) return std::nullopt;
      if (!(*number >= 1 && *number <= kMaxAxis) || *number != std::floor(*number)) {
        fail(values[i].place, fmt::format("`input`: {}: expected a whole number from 1 to {:.0f}, got {}",
                                          i == 0 ? "channels" : "size", kMaxAxis, *number));
        return std::nullopt;
      }
      (i == 0 ? shape.channels : shape.size[i - 1]) = static_cast<std::int64_t>(*number);
    }
    if (const auto wrong = check_shape(shape)) {
      fail(values.front().place, fmt::format("`input`: {}; {{channels: 3, size: [32, 32]}} would do", wrong->message));
      return std::nullopt;
    }
    return shape;
  }

  std::optional<Error> error() const { return error_; }

 private:
  std::nullopt_t fail(const Place& place, const std::string& what) {
    if (!error_) error_ = Error{fmt::format("{}: {}", to_string(place), what)};
    return std::nullopt;
  }

  std::optional<std::size_t> find(std::string_view name) const {
    for (std::size_t i = 0; i < ast_.parameter_values.size(); ++i) {
      if (ast_.parameter_values[i].first == name) return i;
    }
    return std::nullopt;
  }

  std::string unknown(const std::string& variable) const {
    std::vector<std::string> names;
    for (const auto& [name, value] : ast_.parameter_values) names.push_back(name);
    return fmt::format("'{}' is no parameter (here only parameters can be used){}", variable, suggest(variable, names));
  }

  const SpaceAst& ast_;
  std::vector<std::optional<double>> numbers_;
  std::vector<std::string> open_;
  std::optional<Error> error_;
};

}  // namespace

std::optional<Error> resolve_parameters(SpaceAst& ast) {
  Resolver resolver(ast);
  ast.parameters.clear();
  for (std::size_t i = 0; i < ast.parameter_values.size(); ++i) {
    const auto number = resolver.parameter(i);
    if (!number) return resolver.error();
    ast.parameters.emplace_back(ast.parameter_values[i].first, *number);
  }
  if (ast.input_values.empty()) return std::nullopt;
  ast.input = resolver.shape(ast.input_values);
  return resolver.error();
}

}  // namespace nas
