// join_csv of nas/csv_table.h.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>

#include "nas/csv_table.h"
#include "nas/option.h"

namespace nas {
namespace {

constexpr std::size_t kMaxErrors = 10;  // shown

using Rows = std::unordered_map<std::string_view, std::size_t>;

Result<std::size_t> key_column(const CsvTable& table, const std::string& on, const std::string& name) {
  if (const auto column = table.find_column(on)) return *column;
  return Error{fmt::format("{}: no column '{}' to join by{}", name, on, suggest(on, table.columns))};
}

Result<Rows> index_rows(const CsvTable& table, std::size_t key, const std::string& name) {
  Rows rows;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto [at, added] = rows.try_emplace(table.rows[row][key], row);
    if (added) continue;
    return Error{fmt::format("{}:{}: {}: '{}' is on line {} already (each row to join needs one of its own)", name,
                             table.lines[row], table.columns[key], table.rows[row][key], table.lines[at->second])};
  }
  return rows;
}

// Every cell of `from` but that of the key.
void append(std::vector<std::string>& to, const std::vector<std::string>& from, std::size_t key) {
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (i != key) to.push_back(from[i]);
  }
}

Result<Unit> append_rows(CsvTable& table, const CsvTable& other, std::size_t key, std::size_t other_key,
                         const Rows& partners, const JoinNames& names) {
  std::vector<std::string> errors;
  std::size_t alone = 0;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const auto partner = partners.find(table.rows[row][key]);
    if (partner != partners.end()) {
      append(table.rows[row], other.rows[partner->second], other_key);
    } else if (++alone <= kMaxErrors) {
      errors.push_back(fmt::format("{}:{}: {}: {} has no row with '{}'", names.table, table.lines[row],
                                   table.columns[key], names.other, table.rows[row][key]));
    }
  }
  if (alone == 0) return Unit{};
  if (alone > kMaxErrors) errors.push_back(fmt::format("{}: and {} more", names.table, alone - kMaxErrors));
  return Error{fmt::format("{}", fmt::join(errors, "\n"))};
}

}  // namespace

Result<CsvTable> join_csv(CsvTable table, const CsvTable& other, const std::string& on, const JoinNames& names) {
  const auto key = key_column(table, on, names.table);
  if (!key) return key.error();
  const auto other_key = key_column(other, on, names.other);
  if (!other_key) return other_key.error();
  for (const std::string& column : other.columns) {
    if (column == on || !table.find_column(column)) continue;
    return Error{fmt::format("{}: column '{}' is in {} too, rename one", names.other, column, names.table)};
  }
  const auto partners = index_rows(other, *other_key, names.other);
  if (!partners) return partners.error();
  const auto appended = append_rows(table, other, *key, *other_key, *partners, names);
  if (!appended) return appended.error();
  append(table.columns, other.columns, *other_key);
  return table;
}

}  // namespace nas
