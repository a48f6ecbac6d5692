// Answers about whole records as a table: one row a record, CSV or JSON.

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "experiments/predict/answers.h"
#include "trainer/data/npy_array.h"

namespace nas {
namespace {

using nlohmann::ordered_json;

/// (records, columns) numbers of one answer.
struct Numbers {
  std::int64_t columns = 0;
  std::vector<float> values;
  [[nodiscard]] float at(std::int64_t record, std::int64_t column) const {
    return values[static_cast<std::size_t>(record * columns + column)];
  }
};

struct Answers {
  Numbers values;
  std::optional<Numbers> entropy, mutual_information, deviation, exits;
};

Result<std::optional<Numbers>> read(const std::filesystem::path& folder, const char* name) {
  const std::filesystem::path file = folder / fmt::format("{}.npy", name);
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::optional<Numbers>();
  const auto array = map_npy_file(file);
  if (!array) return array.error();
  const auto& shape = array->header.shape;
  Numbers numbers{shape.size() > 1 ? shape[1] : 1, {}};
  numbers.values.resize(static_cast<std::size_t>(shape[0] * numbers.columns));
  copy_elements(*array, 0, std::span<float>(numbers.values));
  return std::optional(std::move(numbers));
}

Result<Answers> read_answers(const std::filesystem::path& folder) {
  Answers answers;
  const auto values = read(folder, predict_files::kValues);
  if (!values) return values.error();
  if (!*values) return Error{"nas-trainer wrote no answers"};
  answers.values = **values;
  const std::pair<const char*, std::optional<Numbers>*> others[] = {
      {predict_files::kEntropy, &answers.entropy},
      {predict_files::kMutualInformation, &answers.mutual_information},
      {predict_files::kDeviation, &answers.deviation},
      {predict_files::kExits, &answers.exits}};
  for (const auto& [name, into] : others) {
    auto numbers = read(folder, name);
    if (!numbers) return numbers.error();
    *into = std::move(*numbers);
  }
  return answers;
}

class RowMaker {
 public:
  RowMaker(const Preprocessing& preprocessing, const Answers& answers, const std::vector<std::string>& exits)
      : preprocessing_(preprocessing), answers_(answers), exits_(exits) {}

  /// Nested where there is a value for each class or column.
  [[nodiscard]] ordered_json row(const std::string& input, std::int64_t number, std::int64_t record) const {
    ordered_json row = {{"input", input}, {"record", number}};
    if (preprocessing_.task == TaskKind::Classification) add_class(row, record);
    const bool numbers = preprocessing_.task == TaskKind::Regression;
    row[numbers ? "value" : "probability"] = by_name(answers_.values, record);
    add(row, predict_files::kDeviation, answers_.deviation, record);
    add(row, predict_files::kEntropy, answers_.entropy, record);
    add(row, predict_files::kMutualInformation, answers_.mutual_information, record);
    return row;
  }

 private:
  void add_class(ordered_json& row, std::int64_t record) const {
    std::int64_t best = 0;
    for (std::int64_t c = 1; c < answers_.values.columns; ++c) {
      if (answers_.values.at(record, c) > answers_.values.at(record, best)) best = c;
    }
    row["class"] = preprocessing_.name_of(best);
    row["confidence"] = answers_.values.at(record, best);
    if (!answers_.exits) return;
    const auto place = static_cast<std::size_t>(answers_.exits->at(record, 0));
    row["exit"] = place == 0 ? std::string("output") : exits_.at(place - 1);
  }

  void add(ordered_json& row, const char* name, const std::optional<Numbers>& numbers, std::int64_t record) const {
    if (!numbers) return;
    if (preprocessing_.task == TaskKind::Classification) {
      row[name] = numbers->at(record, 0);
    } else {
      row[name] = by_name(*numbers, record);
    }
  }

  [[nodiscard]] ordered_json by_name(const Numbers& numbers, std::int64_t record) const {
    ordered_json object = ordered_json::object();
    for (std::int64_t c = 0; c < numbers.columns; ++c) {
      object[preprocessing_.name_of(c)] = numbers.at(record, c);
    }
    return object;
  }

  const Preprocessing& preprocessing_;
  const Answers& answers_;
  const std::vector<std::string>& exits_;
};

/// RFC 4180: quoted where it must be, quotes doubled.
std::string field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char letter : text) {
    if (letter == '"') quoted += '"';
    quoted += letter;
  }
  return quoted + "\"";
}

/// "probability.cat" for what is nested.
using Columns = std::vector<std::pair<std::string, std::string>>;
Columns flat(const ordered_json& row) {
  Columns columns;
  const auto text = [](const ordered_json& value) {
    return field(value.is_string()         ? value.get<std::string>()
                 : value.is_number_float() ? fmt::format("{}", value.get<float>())
                                           : value.dump());
  };
  for (const auto& [name, value] : row.items()) {
    if (!value.is_object()) columns.emplace_back(field(name), text(value));
    if (!value.is_object()) continue;
    for (const auto& [inner, number] : value.items()) columns.emplace_back(field(name + "." + inner), text(number));
  }
  return columns;
}

std::string csv_line(const Columns& columns, std::string Columns::value_type::*part) {
  std::string line;
  for (const auto& column : columns) line += (line.empty() ? "" : ",") + column.*part;
  return line + "\n";
}

/// Writes rows as they come.
class TableFile {
 public:
  explicit TableFile(const std::filesystem::path& file)
      : file_(file), json_(file.extension() == ".json"), out_(file, std::ios::binary) {}

  void add(const ordered_json& row) {
    if (json_) {
      out_ << (first_ ? "[\n" : ",\n") << row.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    } else {
      const Columns columns = flat(row);
      if (first_) out_ << csv_line(columns, &Columns::value_type::first);
      out_ << csv_line(columns, &Columns::value_type::second);
    }
    first_ = false;
  }

  Result<Unit> close() {
    if (json_) out_ << "\n]\n";
    out_.close();
    if (out_) return Unit{};
    return Error{fmt::format("{}: can't be written, is the disk full?", file_.string())};
  }

 private:
  std::filesystem::path file_;
  bool json_;
  bool first_ = true;
  std::ofstream out_;
};

}  // namespace

Result<Unit> write_table(const PredictPlan& plan, const AnswerFile& file, const std::vector<std::string>& exits) {
  const auto answers = read_answers(plan.request.folder);
  if (!answers) return answers.error();
  const RowMaker rows(plan.request.preprocessing, *answers, exits);
  TableFile table(file.draft);
  std::int64_t record = 0;
  for (const PlannedFile& input : plan.files) {
    for (std::int64_t number = 0; number < input.records; ++number) {
      table.add(rows.row(input.file.string(), number, record++));
    }
  }
  return table.close();
}

}  // namespace nas
