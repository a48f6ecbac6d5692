#include "trainer/data/table_columns.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>

namespace nas {

namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  const std::size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace

bool is_missing(std::string_view field) {
  constexpr std::array<std::string_view, 7> kWords = {"", "?", "na", "n/a", "nan", "null", "none"};
  std::string word(trimmed(field));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return std::find(kWords.begin(), kWords.end(), word) != kWords.end();
}

std::optional<double> parse_number(std::string_view field) {
  std::string_view text = trimmed(field);
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

std::vector<std::string> categories_of(std::vector<std::string> fields) {
  std::erase_if(fields, [](const std::string& field) { return is_missing(field); });
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());
  if (std::all_of(fields.begin(), fields.end(), [](const auto& field) { return parse_number(field).has_value(); })) {
    std::stable_sort(fields.begin(), fields.end(),
                     [](const auto& a, const auto& b) { return *parse_number(a) < *parse_number(b); });
  }
  return fields;
}

}  // namespace nas
