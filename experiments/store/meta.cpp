#include "experiments/store/meta.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "experiments/store/encoding.h"
#include "experiments/store/schema.h"

namespace nas::meta {
namespace {

using Json = nlohmann::json;

constexpr const char* kMaximise = "maximize";
constexpr const char* kMinimise = "minimize";

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string objectives_text(const std::vector<StudyObjective>& objectives) {
  Json json = Json::array();
  for (const StudyObjective& objective : objectives) {
    const char* const direction = objective.direction == Direction::Maximise ? kMaximise : kMinimise;
    json.push_back(Json::array({objective.name, direction}));
  }
  return dump(json);
}

std::vector<StudyObjective> objectives_from(const std::string& text) {
  std::vector<StudyObjective> objectives;
  for (const Json& row : Json::parse(text)) {
    const Direction direction = row.at(1) == kMaximise ? Direction::Maximise : Direction::Minimise;
    objectives.push_back({row.at(0).get<std::string>(), direction});
  }
  return objectives;
}

const std::string& row(const Rows& rows, const std::string& key) {
  const auto found = rows.find(key);
  if (found == rows.end()) {
    throw Exception(fmt::format("the study is damaged (nas_meta lacks '{}'), restore it from a copy", key));
  }
  return found->second;
}

std::uint64_t integer(const Rows& rows, const std::string& key) {
  const std::string& text = row(rows, key);
  std::uint64_t value = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size()) {
    throw Exception(fmt::format("the study is damaged (nas_meta's '{}' is '{}'), restore it from a copy", key, text));
  }
  return value;
}

}  // namespace

Rows rows(const StudyDescription& description) {
  Rows rows = {{"format", std::to_string(kStoreFormat)},
               {"name", description.name},
               {"space", description.space},
               {"genes", encoding::genes_text(description.genes)},
               {"objectives", objectives_text(description.objectives)},
               {"constraints", dump(description.constraints)},
               {"config", description.config_text},
               {"seed", std::to_string(description.seed)},
               {"evaluations", std::to_string(description.evaluations)},
               {"program_version", description.program_version}};
  if (!description.data_text.empty()) rows["data"] = description.data_text;
  return rows;
}

StudyDescription description(const Rows& rows) {
  StudyDescription description;
  description.name = row(rows, "name");
  description.space = row(rows, "space");
  description.genes = encoding::genes_from(row(rows, "genes"));
  description.config_text = row(rows, "config");
  description.seed = integer(rows, "seed");
  description.evaluations = integer(rows, "evaluations");
  description.program_version = row(rows, "program_version");
  if (rows.contains("data")) description.data_text = row(rows, "data");  // runs of before have none
  try {
    description.objectives = objectives_from(row(rows, "objectives"));
    description.constraints = Json::parse(row(rows, "constraints")).get<std::vector<std::string>>();
  } catch (const Json::exception& failure) {
    throw Exception(fmt::format("the study is damaged (nas_meta: {}), restore it from a copy", failure.what()));
  }
  return description;
}

Rows read(const Database& study) {
  Statement query(study, "SELECT key, value FROM nas_meta");
  query.start();
  Rows rows;
  while (query.step()) rows[query.text(0)] = query.text(1);
  return rows;
}

void write(const Database& study, const Rows& rows) {
  Statement insert(study, "INSERT OR REPLACE INTO nas_meta (key, value) VALUES (?, ?)");
  for (const auto& [key, value] : rows) insert.run(key, value);
}

}  // namespace nas::meta
