// Aligned columns for people.
#pragma once

#include <ostream>
#include <string>
#include <vector>

namespace nas {

enum class Align { Left, Right };

struct TableColumn {
  std::string title;
  Align align = Align::Left;
};

/// A line of titles and a line a row, columns two spaces apart, nothing after the last character.
/// REQUIRES: every row has a cell a column. Widths count UTF-8 characters.
void print_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                 std::ostream& out);

/// A measured number: whole ones in full, others with six significant digits.
[[nodiscard]] std::string display_number(double value);

/// "1:02:03".
[[nodiscard]] std::string display_duration(double seconds);

}  // namespace nas
