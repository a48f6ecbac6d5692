#include "tests/fuzz/mutate_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <utility>

namespace nas {
namespace {

/// Begin and length of a part of the text.
using Span = std::pair<std::size_t, std::size_t>;

Span line_at(const std::string& text, std::size_t at) {
  const std::size_t begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  return {begin, std::min(text.find('\n', at), text.size() - 1) + 1 - begin};
}

/// The word, number or expression at or after `at`; at the end of the text it may be empty.
Span word_at(const std::string& text, std::size_t at) {
  const auto is_word = [&](std::size_t i) {
    return std::isalnum(static_cast<unsigned char>(text[i])) != 0 ||
           std::string_view("_.$").find(text[i]) != std::string_view::npos;
  };
  while (at < text.size() && !is_word(at)) ++at;
  std::size_t begin = at;
  while (begin > 0 && begin < text.size() && is_word(begin - 1)) --begin;
  std::size_t end = begin;
  while (end < text.size() && is_word(end)) ++end;
  return {begin, end - begin};
}

std::string random_number(Rng& rng) {
  static constexpr std::string_view kNumbers[] = {"0",   "1",    "2",     "3",          "7",    "-1",   "64",
                                                  "0.5", "1000", "10000", "2147483647", "1e18", "1e308"};
  return std::string(kNumbers[rng.index(std::size(kNumbers))]);
}

void slip(std::string& text, Rng& rng) {
  const std::size_t at = rng.index(text.size());
  const auto [begin, length] = rng.below(2) == 0 ? line_at(text, at) : word_at(text, at);
  const std::string part = text.substr(begin, length);
  switch (rng.below(6)) {
    case 0:
      text.erase(begin, length);
      break;
    case 1:
      text.insert(begin, part);
      break;
    case 2: {
      const Span other = line_at(text, rng.index(text.size()));
      text.insert(other.first, part);
      break;
    }
    case 3: {
      const Span other = word_at(text, rng.index(text.size()));
      text.replace(begin, length, text.substr(other.first, other.second));
      break;
    }
    case 4: {
      const Span number = word_at(text, at);
      text.replace(number.first, number.second, random_number(rng));
      break;
    }
    default:
      text.insert(line_at(text, at).first, 1 + rng.index(3), ' ');
      break;
  }
}

}  // namespace

std::string mutate_text(std::string text, Rng& rng) {
  for (std::size_t slips = 1 + rng.index(4); slips > 0; --slips) {
    slip(text, rng);
    if (text.empty()) text = "\n";
  }
  return text;
}

}  // namespace nas
