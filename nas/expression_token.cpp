#include "nas/expression_token.h"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace nas::detail {
namespace {

// The ctype functions depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Longer symbols first.
constexpr std::array<std::string_view, 18> kSymbols = {"<=", ">=", "==", "!=", "&&", "||", "<", ">", "+",
                                                       "-",  "*",  "/",  "^",  "!",  "?",  ":", "(", ")"};
constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kWords = {
    {{"and", "&&"}, {"or", "||"}, {"not", "~"}}};

std::size_t skip_digits(std::string_view text, std::size_t at) {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

std::size_t end_of_number(std::string_view text, std::size_t at) {
  at = skip_digits(text, at);
  if (at < text.size() && text[at] == '.') at = skip_digits(text, at + 1);
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    std::size_t exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const std::size_t end = skip_digits(text, exponent);
    if (end > exponent) at = end;
  }
  return at;
}

std::size_t end_of_name(std::string_view text, std::size_t at) {
  while (at < text.size() && (is_letter(text[at]) || is_digit(text[at]) || text[at] == '.')) ++at;
  return at;
}

Result<Token> read_number(std::string_view text, std::size_t begin) {
  const std::size_t end = end_of_number(text, begin);
  if (end < text.size() && (is_letter(text[end]) || text[end] == '.')) {
    const std::string_view whole = text.substr(begin, end_of_name(text, end) - begin);
    return expression_error(text, begin, fmt::format("'{}' is neither a number nor a name", whole));
  }
  return Token{TokenKind::Number, std::string(text.substr(begin, end - begin)), begin, end};
}

Result<Token> read_name(std::string_view text, std::size_t begin) {
  const std::size_t end = end_of_name(text, begin);
  const std::string_view name = text.substr(begin, end - begin);
  for (const auto& [word, symbol] : kWords) {
    if (name == word) return Token{TokenKind::Symbol, std::string(symbol), begin, end};
  }
  if (name.back() == '.' || name.find("..") != std::string_view::npos) {
    return expression_error(text, begin, fmt::format("'{}' is no name (something is missing after a dot)", name));
  }
  return Token{TokenKind::Name, std::string(name), begin, end};
}

Result<Token> read_symbol(std::string_view text, std::size_t begin) {
  const std::string_view rest = text.substr(begin);
  for (const std::string_view symbol : kSymbols) {
    if (rest.starts_with(symbol)) return Token{TokenKind::Symbol, std::string(symbol), begin, begin + symbol.size()};
  }
  if (rest.front() == ',') return Token{TokenKind::Symbol, ",", begin, begin + 1};
  if (rest.front() == '=') return expression_error(text, begin, "'=' assigns nothing here, write '==' to compare");
  if (rest.front() == '%') return expression_error(text, begin, "there is no '%', write mod(a, b)");
  if (rest.front() == '&' || rest.front() == '|') {
    return expression_error(text, begin, fmt::format("unknown symbol '{}', write 'and' or 'or'", rest.front()));
  }
  if (rest.front() == '"' || rest.front() == '\'') {
    return expression_error(text, begin, "an expression holds numbers only, no quoted text");
  }
  return expression_error(text, begin, fmt::format("unknown symbol '{}'", rest.front()));
}

}  // namespace

Error expression_error(std::string_view text, std::size_t index, std::string_view what) {
  return Error{fmt::format("{} at character {} of '{}'", what, index + 1, text)};
}

Result<std::vector<Token>> tokenize(std::string_view text) {
  std::vector<Token> tokens;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (is_space(c)) {
      ++at;
      continue;
    }
    const bool number = is_digit(c) || (c == '.' && at + 1 < text.size() && is_digit(text[at + 1]));
    Result<Token> token = number ? read_number(text, at) : is_letter(c) ? read_name(text, at) : read_symbol(text, at);
    if (!token) return token.error();
    at = token->end;
    tokens.push_back(std::move(token).value());
  }
  if (tokens.empty()) return Error{"the expression is empty, write a number, a name or a formula"};
  return tokens;
}

}  // namespace nas::detail
