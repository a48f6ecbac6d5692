// The words of an expression, read before muParser sees it: names, numbers, symbols. A part of
// nas/expression.cpp and nas/objective.cpp, of use to nobody else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "nas/result.h"

namespace nas::detail {

enum class TokenKind { Number, Name, Symbol };

struct Token {
  TokenKind kind{};
  std::string text;       // `and`, `or` and `not` come as the symbols "&&", "||" and "~"
  std::size_t begin = 0;  // index of the first character
  std::size_t end = 0;    // index after the last one

  [[nodiscard]] bool is(std::string_view symbol) const { return kind == TokenKind::Symbol && text == symbol; }
};

/// Error: a character or number that no expression holds, or nothing at all.
[[nodiscard]] Result<std::vector<Token>> tokenize(std::string_view text);

/// `<what> at character <n> of '<text>'`, counted from 1.
[[nodiscard]] Error expression_error(std::string_view text, std::size_t index, std::string_view what);

}  // namespace nas::detail
