// Tables of text: CSV files, plain or compressed by gzip.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nas/result.h"

namespace nas {

/// A header and rows of as many fields. Fields are as written, quotes removed.
struct CsvTable {
  std::vector<std::string> columns;  // unique
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> lines;  // where each row begins in the file, from 1

  /// Index of the column with this name.
  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;
};

/// RFC 4180: commas, fields in double quotes may hold commas, line ends and doubled quotes. Empty
/// lines are left out. `name` is what errors call the text. Error: `name:line: ...`.
[[nodiscard]] Result<CsvTable> parse_csv(std::string_view text, const std::string& name);

/// Error: no such file, unreadable, truncated compression, or as parse_csv.
[[nodiscard]] Result<CsvTable> read_csv(const std::filesystem::path& file);

/// For tables that come as they are: lines before them, no names of columns.
enum class CsvHeader { Yes, No, Auto };  // Auto: the first line names columns if none of its fields is a number
struct CsvLayout {
  std::size_t skip_lines = 0;
  CsvHeader header = CsvHeader::Yes;
};
/// Without a header the columns are named "1", "2" and so on.
[[nodiscard]] Result<CsvTable> read_csv(const std::filesystem::path& file, const CsvLayout& layout);

/// `table` with the columns of `other` added, where both have the same text in the column `on`.
/// `names` are what errors call the two. Error: no such column (with the nearest name), a column
/// that both have, a row of `other` that is ambiguous, a row of `table` that has no partner.
struct JoinNames {
  std::string table, other;
};
[[nodiscard]] Result<CsvTable> join_csv(CsvTable table, const CsvTable& other, const std::string& on,
                                        const JoinNames& names);

}  // namespace nas
