#include "nas/expression.h"

#include <fmt/format.h>
#include <muParser.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <mutex>
#include <optional>
#include <utility>

#include "nas/expression_token.h"
#include "nas/option.h"

namespace nas {
namespace {

using detail::expression_error;
using detail::Token;
using detail::TokenKind;

double smallest(const double* values, int count) { return *std::min_element(values, values + count); }
double largest(const double* values, int count) { return *std::max_element(values, values + count); }
double mod(double a, double b) { return a - b * std::floor(a / b); }
double negate(double value) { return value == 0 ? 1 : 0; }

double round_to(double value, double divisor) {
  const double rounded = std::max(divisor, std::floor((value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

struct Function {
  std::string_view name;
  int arguments;  // 0: one or more
  double (*one)(double) = nullptr;
  double (*two)(double, double) = nullptr;
  double (*many)(const double*, int) = nullptr;
};

constexpr std::array<Function, 13> kFunctions = {{
    {"min", 0, nullptr, nullptr, &smallest},
    {"max", 0, nullptr, nullptr, &largest},
    {"floor", 1, [](double v) { return std::floor(v); }},
    {"ceil", 1, [](double v) { return std::ceil(v); }},
    {"round", 1, [](double v) { return std::round(v); }},
    {"abs", 1, [](double v) { return std::abs(v); }},
    {"sqrt", 1, [](double v) { return std::sqrt(v); }},
    {"log", 1, [](double v) { return std::log(v); }},
    {"log2", 1, [](double v) { return std::log2(v); }},
    {"log10", 1, [](double v) { return std::log10(v); }},
    {"exp", 1, [](double v) { return std::exp(v); }},
    {"round_to", 2, nullptr, &round_to},
    {"mod", 2, nullptr, &mod},
}};

const Function* find_function(std::string_view name) {
  const auto* found = std::find_if(kFunctions.begin(), kFunctions.end(), [&](const auto& f) { return f.name == name; });
  return found == kFunctions.end() ? nullptr : found;
}

Error unknown_function(std::string_view text, const Token& token) {
  std::vector<std::string> names;
  for (const Function& function : kFunctions) names.emplace_back(function.name);
  return expression_error(text, token.begin,
                          fmt::format("unknown function '{}'{}", token.text, suggest(token.text, names)));
}

// An open bracket: of a call, or of a group.
struct Bracket {
  const Token* token;
  const Function* function;  // null: a group
  int commas = 0;
  bool empty = true;
};

std::optional<Error> check_close(std::string_view text, const Bracket& bracket) {
  if (bracket.empty) return expression_error(text, bracket.token->begin, "nothing between brackets");
  const Function* function = bracket.function;
  if (function == nullptr || function->arguments == 0 || bracket.commas + 1 == function->arguments) return std::nullopt;
  return expression_error(text, bracket.token->begin,
                          fmt::format("{} takes {} argument{}, not {},", function->name, function->arguments,
                                      function->arguments == 1 ? "" : "s", bracket.commas + 1));
}

// What muParser would let pass or report badly: brackets, commas, calls.
std::optional<Error> check_structure(std::string_view text, const std::vector<Token>& tokens) {
  std::vector<Bracket> open;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const bool call = i + 1 < tokens.size() && tokens[i + 1].is("(");
    if (token.is(")")) {
      if (open.empty()) return expression_error(text, token.begin, "')' without '('");
      if (auto error = check_close(text, open.back())) return error;
      open.pop_back();
      continue;
    }
    if (!open.empty()) open.back().empty = false;
    if (token.is("(")) {
      const bool called = i > 0 && tokens[i - 1].kind == TokenKind::Name;
      open.push_back({&token, called ? find_function(tokens[i - 1].text) : nullptr});
    } else if (token.is(",")) {
      if (open.empty() || open.back().function == nullptr) {
        return expression_error(text, token.begin, "',' outside a function's arguments");
      }
      ++open.back().commas;
    } else if (token.kind == TokenKind::Name && call != (find_function(token.text) != nullptr)) {
      if (call) return unknown_function(text, token);
      return expression_error(text, token.begin,
                              fmt::format("'{}' is a function, write {}(...),", token.text, token.text));
    }
  }
  if (!open.empty()) return expression_error(text, open.back().token->begin, "'(' is never closed");
  return std::nullopt;
}

// The same length, so that muParser's positions are the text's.
std::string with_symbols(std::string_view text, const std::vector<Token>& tokens) {
  std::string symbols(text);
  for (char& c : symbols) {
    if (c == '\t' || c == '\n' || c == '\r') c = ' ';
  }
  for (const Token& token : tokens) {
    if (token.kind != TokenKind::Symbol) continue;
    const std::size_t length = token.end - token.begin;
    symbols.replace(token.begin, length, token.text + std::string(length - token.text.size(), ' '));
  }
  return symbols;
}

std::vector<std::string> variable_names(const std::vector<Token>& tokens) {
  std::vector<std::string> names;
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::Name && find_function(token.text) == nullptr) names.push_back(token.text);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void define_language(mu::Parser& parser) {
  parser.ClearConst();
  parser.ClearFun();
  parser.DefineNameChars("0123456789_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
  parser.DefineInfixOprt("!", &negate);
  parser.DefineInfixOprt("~", &negate, mu::prLAND);
  for (const Function& function : kFunctions) {
    const std::string name(function.name);
    if (function.one != nullptr) parser.DefineFun(name, function.one);
    if (function.two != nullptr) parser.DefineFun(name, function.two);
    if (function.many != nullptr) parser.DefineFun(name, function.many);
  }
}

Error parser_error(std::string_view text, const mu::Parser::exception_type& error) {
  if (error.GetCode() == mu::ecMISSING_ELSE_CLAUSE) return Error{fmt::format("'?' without ':' in '{}'", text)};
  const auto position = static_cast<std::size_t>(std::max(0, error.GetPos()));
  if (position >= text.size()) return Error{fmt::format("'{}' ends too early, something is missing", text)};
  const std::string& token = error.GetToken();
  return expression_error(text, position,
                          token.empty() ? std::string("syntax error") : fmt::format("'{}' is not expected", token));
}

}  // namespace

struct Expression::Parsed {
  std::string text;
  std::vector<std::string> names;
  std::vector<double> values;  // the parser holds pointers to these
  mu::Parser parser;
  std::mutex turn;  // values and the parser's stack are one evaluation's at a time
};

Result<Expression> Expression::parse(std::string_view text) {
  const Result<std::vector<Token>> tokens = detail::tokenize(text);
  if (!tokens) return tokens.error();
  if (auto error = check_structure(text, *tokens)) return *error;
  auto parsed = std::make_shared<Parsed>();
  parsed->text = std::string(text);
  parsed->names = variable_names(*tokens);
  parsed->values.assign(parsed->names.size(), 1.0);
  try {
    define_language(parsed->parser);
    for (std::size_t i = 0; i < parsed->names.size(); ++i) {
      parsed->parser.DefineVar(parsed->names[i], &parsed->values[i]);
    }
    parsed->parser.SetExpr(with_symbols(text, *tokens));
    parsed->parser.Eval();
  } catch (const mu::Parser::exception_type& error) {
    return parser_error(text, error);
  }
  Expression expression;
  expression.parsed_ = std::move(parsed);
  return expression;
}

const std::string& Expression::text() const {
  static const std::string kNothing;
  return parsed_ == nullptr ? kNothing : parsed_->text;
}

const std::vector<std::string>& Expression::variables() const {
  static const std::vector<std::string> kNone;
  return parsed_ == nullptr ? kNone : parsed_->names;
}

double Expression::evaluate(std::span<const double> values) const {
  NAS_CHECK(parsed_ != nullptr, "an expression is evaluated after it was parsed");
  NAS_CHECK(values.size() == parsed_->values.size(), "one value for each variable of the expression");
  const std::lock_guard lock(parsed_->turn);
  std::copy(values.begin(), values.end(), parsed_->values.begin());
  try {
    return parsed_->parser.Eval();
  } catch (const mu::Parser::exception_type&) {
    return std::numeric_limits<double>::quiet_NaN();
  }
}

std::string expression_library_version() { return mu::Parser().GetVersion(mu::pviBRIEF); }

}  // namespace nas
