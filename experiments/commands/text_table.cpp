#include "experiments/commands/text_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "nas/check.h"

namespace nas {
namespace {

/// Characters, counted by all bytes but UTF-8's continuation bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

std::string line_of(const std::vector<TableColumn>& columns, const std::vector<std::size_t>& widths,
                    const std::vector<std::string>& cells) {
  NAS_CHECK(cells.size() == columns.size(), "a row with another number of cells than columns");
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += "  ";
    const std::string padding(widths[i] - width_of(cells[i]), ' ');
    line += columns[i].align == Align::Right ? padding + cells[i] : cells[i] + padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void print_table(const std::vector<TableColumn>& columns, const std::vector<std::vector<std::string>>& rows,
                 std::ostream& out) {
  std::vector<std::string> titles;
  std::vector<std::size_t> widths;
  for (const TableColumn& column : columns) {
    titles.push_back(column.title);
    widths.push_back(width_of(column.title));
  }
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < std::min(row.size(), widths.size()); ++i) {
      widths[i] = std::max(widths[i], width_of(row[i]));
    }
  }
  out << line_of(columns, widths, titles) << '\n';
  for (const auto& row : rows) out << line_of(columns, widths, row) << '\n';
}

std::string display_number(double value) {
  constexpr double kLargestInFull = 1e15;
  if (value == std::floor(value) && std::fabs(value) < kLargestInFull) {
    return fmt::format("{}", static_cast<std::int64_t>(value));
  }
  return fmt::format("{:.6g}", value);
}

std::string display_duration(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0)));
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

}  // namespace nas
