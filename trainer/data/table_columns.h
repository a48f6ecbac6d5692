// Columns of a table as numbers: what is a number, what is a category, what is missing.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

/// Empty, ?, NA, N/A, NaN, null and none, in any case.
[[nodiscard]] bool is_missing(std::string_view field);

/// Finite numbers only; spaces around are left out.
[[nodiscard]] std::optional<double> parse_number(std::string_view field);

/// Distinct values that are not missing: by value where all are numbers, else by their letters.
[[nodiscard]] std::vector<std::string> categories_of(std::vector<std::string> fields);

/// An input column of a table, and what it becomes: a number, a number and whether it is missing, or
/// one feature for each category.
struct InputColumn {
  std::string name;
  std::vector<std::string> categories = {};  // empty: numbers
  bool missing = false;                      // numbers: some are missing, a feature says which
  bool operator==(const InputColumn&) const = default;

  [[nodiscard]] std::size_t features() const { return categories.empty() ? (missing ? 2 : 1) : categories.size(); }
};

enum class ColumnKind { Categorical, ByContent };
/// What these fields make of a column.
[[nodiscard]] InputColumn table_column(std::string name, const std::vector<std::string>& fields, ColumnKind kind);

/// A field's features; NaN for a missing number. False: a value that the column can't have (no
/// number, an unknown category, a number that is missing where none was). REQUIRES: column.features()
/// numbers.
[[nodiscard]] bool encode_field(const InputColumn& column, std::string_view field, std::span<float> into);

}  // namespace nas
