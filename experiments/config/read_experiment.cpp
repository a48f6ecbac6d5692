#include "experiments/config/read_experiment.h"

#include <fmt/format.h>

#include <algorithm>

#include "experiments/config/shipped_files.h"
#include "nas/algorithms/auto.h"

namespace nas {

namespace {

const YamlNode& at(const YamlNode& root, std::string_view key) {
  static const YamlNode kNothing;
  const YamlNode* node = root.find(key);
  return node != nullptr ? *node : kNothing;
}

/// The type of a section that is either a type's name or a map with the key `type`; `otherwise` if
/// it says none. Empty, with a diagnostic, where there is no such type.
std::optional<std::string> read_type(const YamlNode& node, std::string_view path, std::string_view word,
                                     const std::vector<std::string>& names, const std::string& otherwise,
                                     Diagnostics& diagnostics) {
  const bool is_name = node.kind == YamlNode::Kind::Scalar;
  const YamlNode* type = is_name ? &node : node.find("type");
  if (type == nullptr) return otherwise;
  if (std::find(names.begin(), names.end(), type->text) != names.end()) return type->text;
  const std::string where = is_name ? std::string(path) : join_path(path, "type");
  diagnostics.add(type->place, where, fmt::format("unknown {} '{}'{}", word, type->text, suggest(type->text, names)));
  return {};
}

/// The options beside the type; where the section is only a name there are none.
void read_typed_options(const YamlNode& node, std::string_view path, const Options& rows, Diagnostics& diagnostics) {
  if (node.kind != YamlNode::Kind::Scalar) read_options(node, path, rows, {"type"}, diagnostics);
}

void make_absolute(std::string& path, const YamlNode& section, std::string_view key,
                   const std::filesystem::path& folder) {
  const YamlNode* node = section.find(key);
  const bool from_command_line = node != nullptr && node->place.line == 0;
  const std::filesystem::path base = from_command_line ? std::filesystem::current_path() : folder;
  const std::filesystem::path whole = std::filesystem::absolute(base / path).lexically_normal();
  path = (whole.has_filename() ? whole : whole.parent_path()).string();  // without a '/' at the end
}

/// A single text is for the shell; words of a list stay as they are written (8 is "8").
YamlNode with_command_as_list(YamlNode node) {
  YamlNode* command = node.find("command");
  if (command == nullptr) return node;
  if (command->kind == YamlNode::Kind::Scalar) {
    YamlNode shell = *command;
    shell.kind = YamlNode::Kind::Sequence;
    for (const std::string& word : {std::string("sh"), std::string("-c"), command->text}) {
      YamlNode item = *command;
      item.text = word;
      shell.items.push_back(item);
    }
    *command = shell;
  }
  for (YamlNode& item : command->items) item.quoted = true;
  return node;
}

void read_command(const YamlNode& node, const std::filesystem::path& folder, CommandOptions& command,
                  Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  read_typed_options(with_command_as_list(node), "evaluator", options(command), diagnostics);
  make_absolute(command.folder, node, "folder", folder);
  if (diagnostics.size() > before) return;
  if (command.command.empty()) {
    diagnostics.add(node.place, "evaluator.command", "missing, expected a program with its arguments");
  }
  if (command.metrics.empty()) {
    diagnostics.add(node.place, "evaluator.metrics", "missing, expected the names of the metrics that it reports");
  }
}

void read_table(const YamlNode& node, const std::filesystem::path& folder, TableOptions& table,
                Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  read_typed_options(node, "evaluator", options(table), diagnostics);
  if (!table.file.empty()) {
    make_absolute(table.file, node, "file", folder);
  } else if (diagnostics.size() == before) {
    diagnostics.add(node.place, "evaluator.file", "missing, expected the path of the table's CSV file");
  }
}

/// An item of `start_from`. What names and genotypes mean is known once there is a space.
std::optional<StartPoint> read_start(const YamlNode& node, std::string_view path, const std::filesystem::path& folder,
                                     Diagnostics& diagnostics) {
  StartPoint start;
  if (node.kind == YamlNode::Kind::Scalar && !node.text.empty()) {
    start.text = node.text;
    return start;
  }
  if (node.kind != YamlNode::Kind::Map) {
    diagnostics.add(node.place, path,
                    "expected an architecture's name, a genotype such as \"3,0,1\", or a run such as {run: "
                    "runs/earlier, best: 10}");
    return {};
  }
  const std::size_t before = diagnostics.size();
  read_options(node, path, options(start), {}, diagnostics);
  if (diagnostics.size() > before) return {};
  if (start.run.empty()) {
    diagnostics.add(node.place, join_path(path, "run"), "missing, expected the directory of an earlier run");
    return {};
  }
  make_absolute(start.run, node, "run", folder);
  return start;
}

/// A list, or its only item.
std::vector<StartPoint> read_starts(const YamlNode& node, const std::filesystem::path& folder,
                                    Diagnostics& diagnostics) {
  constexpr std::string_view kKey = "start_from";
  std::vector<StartPoint> starts;
  if (node.kind == YamlNode::Kind::Null) return starts;
  const bool is_list = node.kind == YamlNode::Kind::Sequence;
  const std::size_t count = is_list ? node.items.size() : 1;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string path = is_list ? fmt::format("{}.{}", kKey, i) : std::string(kKey);
    auto start = read_start(is_list ? node.items[i] : node, path, folder, diagnostics);
    if (start) starts.push_back(std::move(*start));
  }
  return starts;
}

void read_evaluator(const YamlNode& node, const std::filesystem::path& folder, ExperimentConfig& config,
                    Diagnostics& diagnostics) {
  const auto type =
      read_type(node, "evaluator", "evaluator", evaluator_type_names(), evaluator_type_names().front(), diagnostics);
  if (!type) return;
  const auto& names = evaluator_type_names();
  config.evaluator.type = static_cast<EvaluatorType>(std::find(names.begin(), names.end(), *type) - names.begin());
  switch (config.evaluator.type) {
    case EvaluatorType::Train:
      return read_typed_options(node, "evaluator", {}, diagnostics);
    case EvaluatorType::Table:
      return read_table(node, folder, config.evaluator.table, diagnostics);
    case EvaluatorType::Command:
      return read_command(node, folder, config.evaluator.command, diagnostics);
  }
}

/// Nothing is read that the evaluator would not use.
void read_training(const YamlNode& root, const std::filesystem::path& folder, ExperimentConfig& config,
                   Diagnostics& diagnostics) {
  const YamlNode& data = at(root, "data");
  const YamlNode& training = at(root, "training");
  Options rows = options(config.training);
  if (config.evaluator.type == EvaluatorType::Train) {
    read_data_section(root, folder, config.data, diagnostics);
    read_options(training, "training", rows, {}, diagnostics);
    return;
  }
  const std::string type = to_string(config.evaluator.type);
  const std::string unused = fmt::format("has no meaning for evaluator '{}', remove it", type);
  if (root.find("data") != nullptr) diagnostics.add(data.place, "data", unused);
  if (config.evaluator.type == EvaluatorType::Command) {
    std::erase_if(rows, [](const Option& row) { return row.name != "epochs"; });  // the budget it is given
    read_options(training, "training", rows, {}, diagnostics);
  } else if (root.find("training") != nullptr) {
    diagnostics.add(training.place, "training", unused);
  }
}

}  // namespace

void read_data_section(const YamlNode& root, const std::filesystem::path& folder, DataOptions& data,
                       Diagnostics& diagnostics) {
  const YamlNode& section = at(root, "data");
  read_options(section, "data", options(data), {}, diagnostics);
  const std::pair<const char*, std::string*> paths[] = {{"folder", &data.folder},
                                                        {"file", &data.file},
                                                        {"validation_file", &data.validation_file},
                                                        {"test_file", &data.test_file}};
  for (const auto& [key, path] : paths) {
    if (!path->empty()) make_absolute(*path, section, key, folder);
  }
}

std::map<std::string, double> read_parameters(const YamlNode& node, Diagnostics& diagnostics) {
  std::map<std::string, double> parameters;
  if (node.kind == YamlNode::Kind::Null) return parameters;
  if (node.kind != YamlNode::Kind::Map) {
    diagnostics.add(node.place, "parameters", "expected names with numbers, such as {channels: 8, cells: 1}");
    return parameters;
  }
  for (const auto& [name, value] : node.entries) {
    if (const auto number = value.number()) {
      parameters[name] = *number;
    } else {
      diagnostics.add(value.place, join_path("parameters", name),
                      fmt::format("expected a number, got {}", to_json(value).dump()));
    }
  }
  return parameters;
}

std::optional<ObjectiveConfig> read_objective(const YamlNode& node, std::string_view path, Diagnostics& diagnostics) {
  constexpr std::string_view kForm = "expected {maximize: EXPRESSION} or {minimize: EXPRESSION}";
  if (node.kind != YamlNode::Kind::Map || node.entries.size() != 1) {
    diagnostics.add(node.place, path, kForm);
    return {};
  }
  const auto& [key, value] = node.entries.front();
  const bool maximise = key == "maximize" || key == "maximise";
  if (!maximise && key != "minimize" && key != "minimise") {
    diagnostics.add(value.place, join_path(path, key), "unknown key" + suggest(key, {"maximize", "minimize"}));
    return {};
  }
  if (value.kind != YamlNode::Kind::Scalar) {
    diagnostics.add(value.place, join_path(path, key), "expected a metric or an expression over metrics");
    return {};
  }
  return ObjectiveConfig{maximise ? Direction::Maximise : Direction::Minimise, value.text};
}

std::vector<ObjectiveConfig> read_objectives(const YamlNode& node, std::string_view path, Diagnostics& diagnostics) {
  std::vector<ObjectiveConfig> objectives;
  if (node.kind != YamlNode::Kind::Sequence || node.items.empty()) {
    diagnostics.add(node.place, path, "expected a list such as [{maximize: val_accuracy}, {minimize: macs}]");
    return objectives;
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string item = fmt::format("{}.{}", path, i);
    const auto objective = read_objective(node.items[i], item, diagnostics);
    if (!objective) continue;
    if (std::find(objectives.begin(), objectives.end(), *objective) != objectives.end()) {
      diagnostics.add(node.items[i].place, item, "the same objective a second time");
    }
    objectives.push_back(*objective);
  }
  return objectives;
}

AlgorithmChoice read_algorithm(const YamlNode& node, std::string_view path, const std::string& otherwise,
                               Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const AlgorithmRow& row : algorithms()) names.push_back(row.name);
  const auto type = read_type(node, path, "algorithm", names, otherwise, diagnostics);
  if (!type) return {};
  const std::unique_ptr<AlgorithmConfig> options = find_algorithm(*type)->make_config();
  if (*type == kAutoAlgorithm && node.kind == YamlNode::Kind::Map && node.find("type") == nullptr) {
    diagnostics.add(
        node.place, path,
        "options of which algorithm? Say it by `type`, such as {type: nsga2, population: 40} (nas algorithms "
        "lists them)");
    return {};
  }
  AlgorithmChoice choice{*type};
  Options rows = options->options();
  rows.push_back({.name = "because", .target = &choice.because, .help = {}});
  read_typed_options(node, path, rows, diagnostics);
  choice.options = options_to_json(options->options());
  return choice;
}

std::vector<std::string> experiment_keys() {
  return {"space",     "parameters", "data",        "training", "evaluator",        "objectives", "limits",
          "algorithm", "start_from", "evaluations", "seed",     "allow_duplicates", "resources",  "log"};
}

ExperimentConfig read_experiment(const YamlNode& root, const std::filesystem::path& folder, Diagnostics& diagnostics) {
  ExperimentConfig config;
  if (root.kind == YamlNode::Kind::Scalar || root.kind == YamlNode::Kind::Sequence) {
    diagnostics.add(root.place, "", "expected an experiment: keys with values such as `space: nas_bench_201`");
    return config;
  }
  read_options(root, "", top_options(config), experiment_keys(), diagnostics);
  if (is_path(config.space)) make_absolute(config.space, root, "space", folder);
  config.parameters = read_parameters(at(root, "parameters"), diagnostics);
  read_evaluator(at(root, "evaluator"), folder, config, diagnostics);
  read_training(root, folder, config, diagnostics);
  const YamlNode& objectives = at(root, "objectives");
  config.objectives = {{Direction::Maximise, "val_accuracy"}};
  if (objectives.kind != YamlNode::Kind::Null)
    config.objectives = read_objectives(objectives, "objectives", diagnostics);
  config.algorithm = read_algorithm(at(root, "algorithm"), "algorithm", kAutoAlgorithm, diagnostics);
  config.start_from = read_starts(at(root, "start_from"), folder, diagnostics);
  read_options(at(root, "resources"), "resources", options(config.resources), {}, diagnostics);
  read_options(at(root, "log"), "log", options(config.log), {}, diagnostics);
  return config;
}

Place place_of(const YamlNode& root, std::string_view path) {
  const YamlNode* node = &root;
  Place place{root.place.file, 0, 0};
  while (!path.empty()) {
    const std::string_view key = path.substr(0, path.find('.'));
    path.remove_prefix(std::min(path.size(), key.size() + 1));
    if (node->kind == YamlNode::Kind::Sequence) {
      const auto index = static_cast<std::size_t>(std::atoi(std::string(key).c_str()));
      node = index < node->items.size() ? &node->items[index] : nullptr;
    } else {
      node = node->find(key);
    }
    if (node == nullptr) break;
    place = node->place;
  }
  return place;
}

}  // namespace nas
