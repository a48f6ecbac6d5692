#include "experiments/bench/read_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "experiments/bench/read_algorithms.h"
#include "experiments/config/expressions.h"
#include "experiments/config/load_experiment.h"
#include "experiments/config/read_experiment.h"
#include "experiments/config/shipped_files.h"

namespace nas {

namespace {

namespace fs = std::filesystem;

const YamlNode& at(const YamlNode& root, std::string_view key) {
  static const YamlNode kNothing;
  const YamlNode* node = root.find(key);
  return node != nullptr ? *node : kNothing;
}

/// Of a path in the benchmark; beginning with the working directory if it came from --set.
fs::path base_of(const YamlNode* node, const fs::path& folder) {
  return node != nullptr && node->place.line == 0 ? fs::current_path() : folder;
}

/// The section's `file`, made absolute.
void find_table(const YamlNode& section, std::string_view name, const fs::path& folder, std::string& file,
                Diagnostics& diagnostics) {
  const YamlNode* node = section.find("file");
  const fs::path beside = fs::absolute(base_of(node, folder) / file).lexically_normal();
  const char* data = std::getenv("NAS_DATA_DIR");
  const bool has_data = data != nullptr && *data != '\0';
  std::error_code failed;
  for (const fs::path& path : {beside, has_data ? fs::absolute(fs::path(data) / file).lexically_normal() : beside}) {
    if (!fs::exists(path, failed)) continue;
    file = path.string();
    return;
  }
  const std::string under = has_data ? fmt::format(" nor under NAS_DATA_DIR={}", data)
                                     : std::string("; set NAS_DATA_DIR to the folder that tables are looked for in");
  diagnostics.add(node != nullptr ? node->place : section.place, join_path(name, "file"),
                  fmt::format("there is no file {}{}", beside.string(), under));
}

void read_table(const YamlNode& root, const fs::path& folder, TableOptions& table, Diagnostics& diagnostics) {
  const YamlNode& node = at(root, "table");
  const std::size_t before = diagnostics.size();
  if (node.kind == YamlNode::Kind::Scalar) {
    table.file = node.text;  // `table: file.csv`
  } else {
    read_options(node, "table", bench_table_options(table), {}, diagnostics);
  }
  if (diagnostics.size() > before) return;
  if (table.file.empty()) {
    diagnostics.add(node.place, "table.file", "missing, expected the path of the table's CSV file");
  } else {
    find_table(node, "table", folder, table.file, diagnostics);
  }
}

void read_join(const YamlNode& root, const fs::path& folder, JoinOptions& join, Diagnostics& diagnostics) {
  const YamlNode* node = root.find("join");
  if (node == nullptr) return;
  const std::size_t before = diagnostics.size();
  read_options(*node, "join", options(join), {}, diagnostics);
  if (diagnostics.size() > before) return;
  if (join.file.empty()) diagnostics.add(node->place, "join.file", "missing, expected the path of a CSV file");
  if (join.on.empty()) diagnostics.add(node->place, "join.on", "missing, expected a column that both files have");
  if (!join.file.empty()) find_table(*node, "join", folder, join.file, diagnostics);
}

void read_objectives_and_report(const YamlNode& root, BenchConfig& config, Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  if (const YamlNode* node = root.find("objectives")) {
    config.objectives = read_objectives(*node, "objectives", diagnostics);
  } else {
    diagnostics.add(root.place, "objectives", "missing, expected a list such as [{maximize: val_accuracy}]");
  }
  config.report = config.objectives;
  const YamlNode* node = root.find("report");
  if (node == nullptr) return;
  if (node->kind == YamlNode::Kind::Sequence) {
    config.report = read_objectives(*node, "report", diagnostics);
  } else if (const auto one = read_objective(*node, "report", diagnostics)) {
    config.report = {*one};
  }
  if (diagnostics.size() > before || config.report.empty()) return;
  if (config.objectives.size() == 1 && config.report.size() > 1) {
    diagnostics.add(node->place, "report", "with one objective one number is reported: that of the best seen");
  }
  if (config.objectives.size() > 1 && config.report.size() == 1) {
    diagnostics.add(node->place, "report",
                    "with several objectives a hypervolume is reported, which takes two or more (no single candidate "
                    "is the best)");
  }
}

std::optional<std::int64_t> whole_number(const YamlNode& node) {
  constexpr double kLargest = 1e15;
  const auto number = node.number();
  if (!number || *number < 1 || *number > kLargest ||
      *number != static_cast<double>(static_cast<std::int64_t>(*number)))
    return {};
  return static_cast<std::int64_t>(*number);
}

void check_count(const YamlNode& root, const BenchConfig& config, Diagnostics& diagnostics) {
  if (!config.counts_epochs() || config.table.epochs > 0) return;
  diagnostics.add(at(root, "count").place, "count",
                  "epochs can be counted where the table has some (table.epoch_column and table.epochs)");
}

/// Rising, each once, the last is that of a whole run.
void read_points(const YamlNode& root, BenchConfig& config, Diagnostics& diagnostics) {
  const std::int64_t all = config.most();
  config.at = {std::max<std::int64_t>(1, all / 4), std::max<std::int64_t>(1, all / 2)};
  if (const YamlNode* node = root.find("at")) {
    config.at.clear();
    if (node->kind != YamlNode::Kind::Sequence || node->items.empty()) {
      diagnostics.add(node->place, "at", "expected a list of integers such as [50, 100, 200]");
    }
    for (std::size_t i = 0; i < node->items.size(); ++i) {
      const auto point = whole_number(node->items[i]);
      if (point) config.at.push_back(*point);
      if (point) continue;
      diagnostics.add(node->items[i].place, fmt::format("at.{}", i),
                      fmt::format("expected an integer of at least 1, got {}", to_json(node->items[i]).dump()));
    }
  }
  config.at.push_back(all);
  std::erase_if(config.at, [&](std::int64_t point) { return point > all; });
  std::sort(config.at.begin(), config.at.end());
  config.at.erase(std::unique(config.at.begin(), config.at.end()), config.at.end());
}

BenchConfig read_config(const YamlNode& root, const BenchRequest& request, Diagnostics& diagnostics) {
  BenchConfig config;
  if (root.kind == YamlNode::Kind::Scalar || root.kind == YamlNode::Kind::Sequence) {
    diagnostics.add(root.place, "", "expected a benchmark: keys with values such as `space: nas_bench_201`");
    return config;
  }
  const fs::path folder = fs::absolute(request.file).parent_path();
  read_options(root, "", top_options(config), bench_keys(), diagnostics);
  if (config.benchmark.empty()) config.benchmark = request.file.stem().string();
  if (is_path(config.space)) {
    config.space = fs::absolute(base_of(root.find("space"), folder) / config.space).lexically_normal().string();
  }
  config.parameters = read_parameters(at(root, "parameters"), diagnostics);
  read_table(root, folder, config.table, diagnostics);
  read_join(root, folder, config.join, diagnostics);
  read_objectives_and_report(root, config, diagnostics);
  check_count(root, config, diagnostics);
  read_points(root, config, diagnostics);
  config.algorithms = read_algorithms(root, request.algorithms, diagnostics);
  return config;
}

/// Empty where it could not be read, which is said then.
std::optional<CsvTable> read_tables(const LoadedBench& loaded, Diagnostics& diagnostics) {
  if (diagnostics.has_errors_in("table") || diagnostics.has_errors_in("join")) return {};
  const BenchConfig& config = loaded.config;
  auto table = read_csv(config.table.file);
  if (!table) diagnostics.add(place_of(loaded.root, "table.file"), "table", table.error().message);
  if (config.join.file.empty()) return table ? std::optional(std::move(*table)) : std::nullopt;
  const auto other = read_csv(config.join.file);
  if (!other) diagnostics.add(place_of(loaded.root, "join.file"), "join", other.error().message);
  if (!table || !other) return {};
  auto joined = join_csv(std::move(*table), *other, config.join.on, {config.table.file, config.join.file});
  if (joined) return std::move(*joined);
  diagnostics.add(place_of(loaded.root, "join"), "join", joined.error().message);
  return {};
}

/// Names that expressions may use; `params` and `macs` may come with the space.
std::vector<std::string> known_metrics(const LoadedBench& loaded) {
  std::vector<std::string> names = loaded.csv.columns;
  std::erase(names, loaded.config.table.genotype_column);
  if (!loaded.config.table.epoch_column.empty()) std::erase(names, loaded.config.table.epoch_column);
  return with_counts(std::move(names));
}

void check_names(const Expression& expression, const std::vector<std::string>& known, const Place& place,
                 const std::string& path, Diagnostics& diagnostics) {
  if (expression.variables().empty()) {
    diagnostics.add(place, path, fmt::format("'{}' reads no column", expression.text()));
  }
  for (const std::string& name : expression.variables()) {
    const std::string base = name.substr(0, name.find('.'));
    const bool of_exit = base != name && (base == "params" || base == "macs");  // is known with the space
    if (of_exit || std::find(known.begin(), known.end(), name) != known.end()) continue;
    diagnostics.add(place, path, fmt::format("'{}' is no column of the table{}", name, suggest(name, known)));
  }
}

}  // namespace

std::vector<std::string> bench_keys() {
  BenchConfig config;
  std::vector<std::string> keys = {"table", "join"};
  for (const Option& row : top_options(config)) keys.push_back(row.name);
  for (const BenchKey& key : bench_free_keys()) keys.emplace_back(key.name);
  return keys;
}

Result<LoadedBench> load_bench(const BenchRequest& request) {
  Diagnostics diagnostics;
  auto root = read_with_sets(request.file, request.sets, diagnostics);
  if (!root) return root.error();
  LoadedBench loaded;
  loaded.root = std::move(*root);
  loaded.config = read_config(loaded.root, request, diagnostics);
  if (const auto file = find_space_file(loaded.root, loaded.config.space, diagnostics)) loaded.space_file = *file;
  std::vector<std::string> known;  // empty: without the table no name can be checked
  if (auto csv = read_tables(loaded, diagnostics)) {
    loaded.csv = std::move(*csv);
    known = known_metrics(loaded);
  }
  const auto check = [&](const Expression& expression, const Place& place, const std::string& path) {
    if (!known.empty()) check_names(expression, known, place, path, diagnostics);
  };
  const auto parse = [&](const std::vector<ObjectiveConfig>& objectives, const std::string& section) {
    const YamlNode* node = loaded.root.find(section);
    const bool in_list = node != nullptr && node->kind == YamlNode::Kind::Sequence;
    const auto path_of = [&](std::size_t i) { return in_list ? fmt::format("{}.{}", section, i) : section; };
    return parse_objectives(loaded.root, objectives, path_of, check, diagnostics);
  };
  loaded.objectives = parse(loaded.config.objectives, "objectives");
  const bool reports_objectives = loaded.root.find("report") == nullptr;
  loaded.report = reports_objectives ? loaded.objectives : parse(loaded.config.report, "report");
  loaded.limits = parse_limits(loaded.root, loaded.config.limits, check, diagnostics);
  if (!diagnostics.empty()) return diagnostics.error();
  return loaded;
}

}  // namespace nas
