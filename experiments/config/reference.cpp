#include "experiments/config/reference.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "experiments/config/experiment_config.h"

namespace nas {

namespace {

using Json = nlohmann::json;

/// A section of the file that is a map of rows; those of one type have a title of their own.
struct Section {
  std::string key;    // "training"; empty: the top
  std::string type;   // "nsga2" under the key "algorithm"; empty: has no types
  std::string about;  // sentences for the page
  Json defaults;      // by row
  Options rows;
};

/// Calls `use` for every section while the values that its rows are bound to are alive.
template <class Use>
void each_section(Use&& use) {
  ExperimentConfig config;
  const auto section = [&](std::string key, std::string type, std::string about, Options rows) {
    use(Section{std::move(key), std::move(type), std::move(about), options_to_json(rows), std::move(rows)});
  };
  section("", "", "Single values at the top of the file.", top_options(config));
  section("data", "", "Which images candidates are trained and judged on. Evaluator `train` only.",
          options(config.data));
  section("training", "",
          "How a candidate is trained. Evaluator `train`; `command` knows `epochs` alone, the budget that it is sent.",
          options(config.training));
  for (const std::string& name : evaluator_type_names()) {
    static constexpr std::string_view kAbout[] = {
        "Trains each candidate with `nas-trainer`, on a GPU if there is one. The default; it has no options of its "
        "own, see `data` and `training`.",
        "Looks candidates up in a CSV file: a search on a tabular benchmark in milliseconds.",
        "Asks a long-running command of your own, by JSON Lines on its standard input and output."};
    EvaluatorConfig evaluator;
    for (const EvaluatorType type : {EvaluatorType::Train, EvaluatorType::Table, EvaluatorType::Command}) {
      if (to_string(type) == name) evaluator.type = type;
    }
    section("evaluator", name, std::string(kAbout[static_cast<std::size_t>(evaluator.type)]), options(evaluator));
  }
  for (const AlgorithmRow& row : algorithms()) {
    const std::unique_ptr<AlgorithmConfig> algorithm = row.make_config();
    section("algorithm", row.name, row.source.empty() ? row.summary : fmt::format("{} ({})", row.summary, row.source),
            algorithm->options());
  }
  StartPoint start;
  section(
      "start_from", "",
      "An item of the list that takes candidates from an earlier run of the same space. They are looked up once, when "
      "the run starts; `--resume` goes on with the same.",
      options(start));
  section("resources", "", "What the search runs on; may differ when a run is resumed.", options(config.resources));
  section("log", "", "What is written beside the store; may differ when a run is resumed.", options(config.log));
}

std::string shown(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  return value.dump();
}

std::string title_of(const Section& section) {
  if (section.key.empty()) return "Top of the file";
  return section.type.empty() ? fmt::format("`{}`", section.key) : fmt::format("`{}`: `{}`", section.key, section.type);
}

/// Keys that are no rows: name, form, default, meaning.
struct FreeKey {
  const char* name;
  const char* type;
  const char* preset;
  const char* help;
};

constexpr FreeKey kFreeKeys[] = {
    {"parameters", "name: number", "{}", "overrides of the search space's parameters, such as {channels: 8, cells: 1}"},
    {"objectives", "list of {maximize: E} and {minimize: E}", "[{maximize: val_accuracy}]",
     "E is a metric or an expression such as `val_accuracy * (macs / 400e6) ^ -0.07`"},
    {"evaluator", "name, or map with `type`", "train", "who turns a candidate into metrics: train, table or command"},
    {"algorithm", "name, or map with `type`", "auto", "who chooses the next candidate (`nas algorithms`)"},
    {"start_from", "list", "[]",
     "candidates that are evaluated first: names of architectures of the space, genotypes such as \"3,0,1\", and "
     "earlier runs (see `start_from`)"},
};

std::string markdown_row(std::string_view name, std::string_view type, std::string_view preset, std::string_view help) {
  return fmt::format("| `{}` | {} | {} | {} |\n", name, type, preset.empty() ? "" : fmt::format("`{}`", preset), help);
}

Json row_schema(const Option& row) {
  struct Visitor {
    Json operator()(const bool*) const { return {{"type", "boolean"}}; }
    Json operator()(const std::int64_t*) const { return {{"type", "integer"}}; }
    Json operator()(const double*) const { return {{"type", "number"}}; }
    Json operator()(const std::string*) const { return {{"type", "string"}}; }
    Json operator()(const std::vector<std::string>*) const {
      return {{"type", "array"}, {"items", {{"type", "string"}}}};
    }
  };
  Json schema = std::visit(Visitor{}, row.target);
  if (std::isfinite(row.min)) schema["minimum"] = row.min;
  if (std::isfinite(row.max)) schema["maximum"] = row.max;
  if (!row.choices.empty()) (schema["type"] == "array" ? schema["items"] : schema)["enum"] = row.choices;
  if (!row.word.empty()) schema = {{"anyOf", {schema, {{"const", row.word}}}}};
  schema["description"] = row.help;
  schema["default"] = get_option(row);
  return schema;
}

Json section_schema(const Section& section) {
  Json schema = {{"type", "object"}, {"additionalProperties", false}, {"description", section.about}};
  schema["properties"] = Json::object();
  for (const Option& row : section.rows) schema["properties"][row.name] = row_schema(row);
  if (section.type.empty()) return schema;
  schema["properties"]["type"] = {{"const", section.type}};
  if (section.key == "algorithm") {
    schema["properties"]["because"] = {{"type", "string"}, {"description", "written by a run: why auto chose it"}};
  }
  if (section.type == "command") {
    const Json list = schema["properties"]["command"];
    schema["properties"]["command"] = {{"anyOf", {{{"type", "string"}}, list}}};
  }
  return schema;
}

Json objectives_schema() {
  Json forms = Json::array();
  for (const char* key : {"maximize", "maximise", "minimize", "minimise"}) {
    forms.push_back({{"type", "object"},
                     {"properties", {{key, {{"type", "string"}}}}},
                     {"required", {key}},
                     {"additionalProperties", false}});
  }
  return {{"type", "array"}, {"minItems", 1}, {"items", {{"anyOf", forms}}}};
}

/// A list, or its only item. `run`: the schema of an item that names a run.
Json start_schema(Json run) {
  run["required"] = {"run"};
  const Json item = {{"anyOf", {{{"type", "string"}}, std::move(run)}}};
  return {{"anyOf", {item, {{"type", "array"}, {"items", item}}}}};
}

}  // namespace

std::string options_markdown() {
  std::string text =
      "# Configuration of an experiment\n\n"
      "Generated from the option tables of the program; `nas search --help` prints the same. Every key has a default "
      "but `space`. `--set key.path=value` overrides a key of the file; a number indexes a list "
      "(`--set objectives.1.minimize=params`). Paths are relative to the experiment's file, in `--set` to the working "
      "directory. Editors that know JSON Schema complete and check a file that begins with\n"
      "`# yaml-language-server: $schema=PATH/docs/experiment.schema.json`.\n";
  each_section([&](const Section& section) {
    text += fmt::format("\n## {}\n\n{}\n", title_of(section), section.about);
    if (section.rows.empty()) return;
    text += "\n| key | value | default | meaning |\n|---|---|---|---|\n";
    for (const Option& row : section.rows) {
      text += markdown_row(row.name, describe_type(row), shown(section.defaults[row.name]), row.help);
    }
    if (!section.key.empty()) return;
    for (const FreeKey& key : kFreeKeys) text += markdown_row(key.name, key.type, key.preset, key.help);
  });
  return text;
}

Json options_schema() {
  Json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                 {"title", "Experiment of nas"},
                 {"type", "object"},
                 {"additionalProperties", false},
                 {"required", {"space"}}};
  Json& properties = schema["properties"];
  Json typed = Json::object();
  Json type_names = Json::object();
  each_section([&](const Section& section) {
    if (section.key.empty()) {
      for (const Option& row : section.rows) properties[row.name] = row_schema(row);
    } else if (section.type.empty()) {
      properties[section.key] = section_schema(section);
    } else {
      typed[section.key].push_back(section_schema(section));
      type_names[section.key].push_back(section.type);
    }
  });
  for (auto& [key, forms] : typed.items()) {
    forms.push_back({{"enum", type_names[key]}});
    properties[key] = {{"anyOf", forms}};
  }
  properties["parameters"] = {{"type", "object"}, {"additionalProperties", {{"type", "number"}}}};
  properties["objectives"] = objectives_schema();
  properties["start_from"] = start_schema(properties["start_from"]);
  return schema;
}

std::string options_help() {
  std::string text;
  const auto add = [&](std::string_view name, std::string_view type, std::string_view preset, std::string_view help) {
    text += fmt::format("  {:<22} {}\n", name, help);
    text += fmt::format("  {:<22}   ({}{}{})\n", "", type, preset.empty() ? "" : "; default ", preset);
  };
  each_section([&](const Section& section) {
    if (section.rows.empty()) return;
    const std::string dotted = section.type.empty() ? section.key : fmt::format("{} ({})", section.key, section.type);
    text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", section.key.empty() ? "Keys of an experiment" : dotted);
    for (const Option& row : section.rows) {
      add(row.name, describe_type(row), shown(section.defaults[row.name]), row.help);
    }
    if (!section.key.empty()) return;
    for (const FreeKey& key : kFreeKeys) add(key.name, key.type, key.preset, key.help);
  });
  return text;
}

}  // namespace nas
