#include "trainer/data/table_columns.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

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

InputColumn table_column(std::string name, const std::vector<std::string>& fields, ColumnKind kind) {
  InputColumn column{.name = std::move(name)};
  const auto is_number = [](const std::string& field) { return is_missing(field) || parse_number(field); };
  if (kind == ColumnKind::ByContent && std::all_of(fields.begin(), fields.end(), is_number)) {
    column.missing = std::any_of(fields.begin(), fields.end(), [](const auto& field) { return !parse_number(field); });
  } else {
    column.categories = categories_of(fields);
    column.missing = column.categories.empty();  // all of them are: a number that never is there
  }
  return column;
}

bool encode_field(const InputColumn& column, std::string_view field, std::span<float> into) {
  if (column.categories.empty()) {
    const auto number = parse_number(field);
    into[0] = number ? static_cast<float>(*number) : std::numeric_limits<float>::quiet_NaN();
    if (!column.missing) return number.has_value();
    into[1] = number ? 0.0F : 1.0F;
    return number || is_missing(field);
  }
  bool known = is_missing(field);
  for (std::size_t c = 0; c < column.categories.size(); ++c) {
    const bool same = field == column.categories[c];
    into[c] = same ? 1.0F : 0.0F;
    known |= same;
  }
  return known;
}

}  // namespace nas
