// Tables: a CSV file whose columns are inputs and targets.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>

#include "nas/check.h"
#include "nas/csv_table.h"
#include "nas/option.h"
#include "trainer/data/data_format.h"
#include "trainer/data/table_columns.h"
#include "trainer/data/task_check.h"

namespace nas {

namespace {

/// Rows of both parts, the validation part last.
struct TableRows {
  CsvTable table;
  std::size_t fixed_validation = 0;
  std::vector<std::string> files;  // by part, for errors
};

struct NumberTable {
  DataFacts facts;
  std::vector<float> inputs;       // records x features
  std::vector<std::byte> targets;  // records x target bytes
};

class TableRecords final : public RecordReader {
 public:
  explicit TableRecords(NumberTable table) : table_(std::move(table)) {}

  Result<Unit> read(std::int64_t record, RecordBytes into) const override {
    const auto index = static_cast<std::size_t>(record);
    const auto inputs = std::as_bytes(std::span(table_.inputs));
    std::memcpy(into.input.data(), inputs.data() + index * into.input.size(), into.input.size());
    if (!into.target.empty()) {
      std::memcpy(into.target.data(), table_.targets.data() + index * into.target.size(), into.target.size());
    }
    return Unit{};
  }

 private:
  NumberTable table_;
};

Result<CsvTable> read_part(const std::string& file, const DataOptions& data) {
  const CsvHeader header = data.header == "yes"  ? CsvHeader::Yes
                           : data.header == "no" ? CsvHeader::No
                                                 : CsvHeader::Auto;
  return read_csv(file, {.skip_lines = static_cast<std::size_t>(data.skip_lines), .header = header});
}

Result<TableRows> read_rows(const DataOptions& data) {
  auto table = read_part(data.file, data);
  if (!table) return table.error();
  TableRows rows{std::move(table).value(), 0, {data.file}};
  if (data.validation_file.empty()) return rows;
  auto validation = read_part(data.validation_file, data);
  if (!validation) return Error{"data.validation_file: " + validation.error().message};
  if (validation->columns != rows.table.columns) {
    return Error{fmt::format("data.validation_file: {}: other columns than {}", data.validation_file, data.file)};
  }
  rows.fixed_validation = validation->rows.size();
  rows.files.push_back(data.validation_file);
  for (auto& row : validation->rows) rows.table.rows.push_back(std::move(row));
  rows.table.lines.insert(rows.table.lines.end(), validation->lines.begin(), validation->lines.end());
  return rows;
}

std::string where(const TableRows& rows, std::size_t row) {
  const bool validation = row >= rows.table.rows.size() - rows.fixed_validation;
  return fmt::format("{}:{}", rows.files[validation && rows.files.size() > 1 ? 1 : 0], rows.table.lines[row]);
}

/// A column by its name or its number from 1.
Result<std::size_t> find_column(const CsvTable& table, const std::string& name, const char* key) {
  if (const auto column = table.find_column(name)) return *column;
  const auto number = parse_number(name);
  const auto columns = static_cast<double>(table.columns.size());
  if (number && *number >= 1 && *number <= columns && *number == static_cast<double>(static_cast<int>(*number))) {
    return static_cast<std::size_t>(*number) - 1;
  }
  return Error{fmt::format("data.{}: the table has no column '{}'{}", key, name, suggest(name, table.columns))};
}

Result<std::vector<std::size_t>> find_columns(const CsvTable& table, const std::vector<std::string>& names,
                                              const char* key) {
  std::vector<std::size_t> columns;
  for (const std::string& name : names) {
    const auto column = find_column(table, name, key);
    if (!column) return column.error();
    columns.push_back(*column);
  }
  return columns;
}

bool contains(const std::vector<std::size_t>& columns, std::size_t column) {
  return std::find(columns.begin(), columns.end(), column) != columns.end();
}

std::vector<std::string> fields_of(const CsvTable& table, std::size_t column) {
  std::vector<std::string> fields;
  for (const auto& row : table.rows) fields.push_back(row[column]);
  return fields;
}

Result<Unit> fill_inputs(const TableRows& rows, const DataOptions& data, const std::vector<std::size_t>& targets,
                         NumberTable& into) {
  const auto categorical = find_columns(rows.table, data.categorical, "categorical");
  if (!categorical) return categorical.error();
  const auto left_out = find_columns(rows.table, data.leave_out, "leave_out");
  if (!left_out) return left_out.error();
  DataFacts& facts = into.facts;
  std::vector<std::size_t> used;
  std::size_t features = 0;
  for (std::size_t column = 0; column < rows.table.columns.size(); ++column) {
    if (contains(targets, column) || contains(*left_out, column)) continue;
    const auto kind = contains(*categorical, column) ? ColumnKind::Categorical : ColumnKind::ByContent;
    facts.columns.push_back(table_column(rows.table.columns[column], fields_of(rows.table, column), kind));
    facts.missing |= facts.columns.back().missing;
    features += facts.columns.back().features();
    used.push_back(column);
  }
  if (features == 0) return Error{fmt::format("{}: no column is left for inputs", data.file)};
  facts.input = {.channels = static_cast<std::int64_t>(features)};
  facts.element = ElementType::Float32;
  into.inputs.resize(rows.table.rows.size() * features);
  std::span<float> rest(into.inputs);
  for (const auto& row : rows.table.rows) {
    for (std::size_t i = 0; i < used.size(); ++i) {
      const InputColumn& column = facts.columns[i];
      NAS_CHECK(encode_field(column, row[used[i]], rest.first(column.features())), "a column knows its own fields");
      rest = rest.subspan(column.features());
    }
  }
  return Unit{};
}

Error target_error(const TableRows& rows, std::size_t row, std::size_t column, const char* wanted) {
  return Error{fmt::format("{}: '{}' in the target column '{}', expected {}", where(rows, row),
                           rows.table.rows[row][column], rows.table.columns[column], wanted)};
}

Result<Unit> fill_classes(const TableRows& rows, std::size_t column, DataFacts& facts) {
  facts.names = categories_of(fields_of(rows.table, column));
  facts.classes = static_cast<std::int64_t>(facts.names.size());
  if (facts.classes < 2) {
    return Error{fmt::format("data.targets: the column '{}' has one value only, nothing could be learnt",
                             rows.table.columns[column])};
  }
  for (std::size_t row = 0; row < rows.table.rows.size(); ++row) {
    const std::string& field = rows.table.rows[row][column];
    if (is_missing(field)) return target_error(rows, row, column, "a class");
    const auto name = std::find(facts.names.begin(), facts.names.end(), field);
    facts.labels.push_back(name - facts.names.begin());
  }
  return Unit{};
}

Result<Unit> fill_numbers(const TableRows& rows, const std::vector<std::size_t>& columns, NumberTable& into) {
  const bool labels = into.facts.task == TaskKind::MultiLabel;
  into.facts.target = {.channels = static_cast<std::int64_t>(columns.size())};
  into.facts.target_element = labels ? ElementType::UInt8 : ElementType::Float32;
  for (const std::size_t column : columns) into.facts.names.push_back(rows.table.columns[column]);
  if (labels) into.facts.classes = into.facts.target.channels;
  for (std::size_t row = 0; row < rows.table.rows.size(); ++row) {
    for (const std::size_t column : columns) {
      const auto number = parse_number(rows.table.rows[row][column]);
      if (!number) return target_error(rows, row, column, "a number");
      if (labels && *number != 0 && *number != 1) return target_error(rows, row, column, "0 or 1");
      const auto value = static_cast<float>(*number);
      const auto bytes = std::as_bytes(std::span(&value, 1));
      if (labels) {
        into.targets.push_back(static_cast<std::byte>(*number));
      } else {
        into.targets.insert(into.targets.end(), bytes.begin(), bytes.end());
      }
    }
  }
  return Unit{};
}

Result<NumberTable> read_table(const DataOptions& data) {
  const auto tasks = {TaskKind::Classification, TaskKind::MultiLabel, TaskKind::Regression};
  if (auto error = check_task(data, tasks, "its targets are columns")) return *error;
  const auto rows = read_rows(data);
  if (!rows) return rows.error();
  if (rows->table.rows.empty()) return Error{fmt::format("{}: holds no rows", data.file)};
  auto targets = find_columns(rows->table, data.targets, "targets");
  if (!targets) return targets.error();
  if (targets->empty()) targets->push_back(rows->table.columns.size() - 1);
  NumberTable table;
  DataFacts& facts = table.facts;
  facts.task = task_of(data);
  facts.records = static_cast<std::int64_t>(rows->table.rows.size());
  facts.fixed_validation = static_cast<std::int64_t>(rows->fixed_validation);
  if (facts.task == TaskKind::Classification && targets->size() != 1) {
    return Error{"data.targets: several columns, a classification has one; several labels are the task multi_label"};
  }
  if (auto filled = fill_inputs(*rows, data, *targets, table); !filled) return filled.error();
  const bool classes = facts.task == TaskKind::Classification;
  const Result<Unit> filled =
      classes ? fill_classes(*rows, targets->front(), facts) : fill_numbers(*rows, *targets, table);
  if (!filled) return filled.error();
  return table;
}

}  // namespace

Result<DataFacts> inspect_table_set(const DataOptions& data) {
  auto table = read_table(data);
  if (!table) return table.error();
  return std::move(table->facts);
}

Result<DataSet> open_table_set(const DataOptions& data) {
  auto table = read_table(data);
  if (!table) return table.error();
  DataFacts facts = table->facts;
  return DataSet{std::move(facts), std::make_shared<const TableRecords>(std::move(table).value())};
}

}  // namespace nas
