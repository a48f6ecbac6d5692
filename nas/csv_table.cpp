#include "nas/csv_table.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <unordered_set>
#include <utility>

namespace nas {
namespace {

constexpr unsigned kReadBytes = 1 << 16;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

struct GzipClose {
  void operator()(gzFile_s* file) const { gzclose_r(file); }
};

// Reads plain text too: zlib passes on what is not compressed.
Result<std::string> read_text(const std::filesystem::path& path) {
  const auto failed = [&](std::string_view why) {
    return Error{fmt::format("{}: {}, give a CSV file, plain or compressed by gzip", path.string(), why)};
  };
  std::error_code status;
  if (!std::filesystem::exists(path, status)) return failed("no such file");
  if (std::filesystem::is_directory(path, status)) return failed("is a directory");
  const std::unique_ptr<gzFile_s, GzipClose> file(gzopen(path.c_str(), "rbe"));
  if (!file) return failed(fmt::format("cannot be opened ({})", std::strerror(errno)));
  std::string text;
  std::array<char, kReadBytes> buffer{};
  for (;;) {
    const int count = gzread(file.get(), buffer.data(), kReadBytes);
    if (count > 0) text.append(buffer.data(), static_cast<std::size_t>(count));
    if (count == static_cast<int>(kReadBytes)) continue;
    int error = Z_OK;
    const char* const message = gzerror(file.get(), &error);
    if (count >= 0 && error == Z_OK) return text;
    return failed(fmt::format("cannot be read ({})", error == Z_ERRNO ? std::strerror(errno) : message));
  }
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {
    if (rest_.substr(0, kByteOrderMark.size()) == kByteOrderMark) rest_.remove_prefix(kByteOrderMark.size());
  }

  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  /// Whatever it holds.
  void skip_line() {
    const std::size_t end = rest_.find('\n');
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    ++line_;
  }

  /// Empty for an empty line. Error: a quote that is never closed or does not enclose its field.
  Result<std::vector<std::string>> read_row() {
    std::vector<std::string> fields;
    if (skip_line_end()) return fields;
    for (;;) {
      auto field = at_quote() ? read_quoted() : read_plain();
      if (!field) return field.error();
      fields.push_back(std::move(field).value());
      if (rest_.empty() || skip_line_end()) return fields;
      if (rest_.front() != ',') return Error{"text after a closing quote, quote the whole field"};
      rest_.remove_prefix(1);
    }
  }

 private:
  [[nodiscard]] bool at_quote() const { return !rest_.empty() && rest_.front() == '"'; }

  bool skip_line_end() {
    const std::size_t count = rest_.substr(0, 2) == "\r\n" ? 2 : (!rest_.empty() && rest_.front() == '\n') ? 1 : 0;
    rest_.remove_prefix(count);
    line_ += count > 0 ? 1 : 0;
    return count > 0;
  }

  Result<std::string> read_plain() {
    std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    if (end > 0 && end < rest_.size() && rest_[end] == '\n' && rest_[end - 1] == '\r') --end;
    std::string field(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return field;
  }

  Result<std::string> read_quoted() {
    std::string field;
    for (;;) {
      rest_.remove_prefix(1);
      const std::size_t end = rest_.find('"');
      if (end == std::string_view::npos) return Error{"a quoted field that is never closed"};
      field += rest_.substr(0, end);
      line_ +=
          static_cast<std::size_t>(std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
      rest_.remove_prefix(end + 1);
      if (!at_quote()) return field;
      field += '"';
    }
  }

  std::string_view rest_;
  std::size_t line_ = 1;
};

std::optional<Error> check_header(const std::vector<std::string>& columns) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& column : columns) {
    if (!seen.insert(column).second) return Error{fmt::format("column '{}' is there twice, rename one", column)};
  }
  return std::nullopt;
}

bool is_number(const std::string& text) {
  char* end = nullptr;
  std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

bool names_columns(const std::vector<std::string>& first_row, CsvHeader header) {
  if (header != CsvHeader::Auto) return header == CsvHeader::Yes;
  return std::none_of(first_row.begin(), first_row.end(), is_number);
}

std::vector<std::string> numbered_columns(std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t i = 1; i <= count; ++i) names.push_back(std::to_string(i));
  return names;
}

Result<CsvTable> parse(std::string_view text, const std::string& name, const CsvLayout& layout) {
  CsvTable table;
  CsvReader reader(text);
  for (std::size_t i = 0; i < layout.skip_lines; ++i) reader.skip_line();
  while (!reader.at_end()) {
    const std::size_t line = reader.line();
    const auto failed = [&](const Error& error) { return Error{fmt::format("{}:{}: {}", name, line, error.message)}; };
    auto row = reader.read_row();
    if (!row) return failed(row.error());
    if (row->empty()) continue;
    if (table.columns.empty()) {
      const bool named = names_columns(*row, layout.header);
      table.columns = named ? *row : numbered_columns(row->size());
      if (auto error = check_header(table.columns)) return failed(*error);
      if (named) continue;
    }
    if (row->size() != table.columns.size()) {
      return failed({fmt::format("{} fields where the {} has {} columns", row->size(),
                                 layout.header == CsvHeader::Yes ? "header" : "table", table.columns.size())});
    }
    table.rows.push_back(std::move(row).value());
    table.lines.push_back(line);
  }
  if (table.columns.empty())
    return Error{fmt::format("{}: empty, expected {}", name,
                             layout.header == CsvHeader::Yes ? "a line of column names" : "a table")};
  return table;
}

}  // namespace

std::optional<std::size_t> CsvTable::find_column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

Result<CsvTable> parse_csv(std::string_view text, const std::string& name) { return parse(text, name, {}); }

Result<CsvTable> read_csv(const std::filesystem::path& file) { return read_csv(file, CsvLayout{}); }

Result<CsvTable> read_csv(const std::filesystem::path& file, const CsvLayout& layout) {
  const auto text = read_text(file);
  if (!text) return text.error();
  return parse(*text, file.string(), layout);
}

}  // namespace nas
