// Columns of a table as numbers: what is a number, what is a category, what is missing.
#pragma once

#include <optional>
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

}  // namespace nas
