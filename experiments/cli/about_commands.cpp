// nas recipes | algorithms | version

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <gmpxx.h>
#include <sqlite3.h>
#include <xxhash.h>

#include <array>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "experiments/cli/rows.h"
#include "experiments/commands/text_table.h"
#include "experiments/config/algorithm_reference.h"
#include "experiments/config/reference.h"
#include "experiments/config/shipped_files.h"
#include "experiments/search/local_evaluator.h"
#include "mpi/mpi_session.h"
#include "nas/expression.h"
#include "nas/operation_docs.h"
#include "nas/option.h"
#include "nas/search_algorithm.h"
#include "search_spaces/language_docs.h"

namespace nas {
namespace {

bool wants_json(const CommandLine& line) { return line.options.count("json") > 0; }

void declare_json(cxxopts::OptionAdder add) { add("json", "machine-readable"); }

nlohmann::ordered_json files_json(const std::vector<ShippedFile>& files) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const ShippedFile& file : files)
    json.push_back({{"name", file.name}, {"summary", file.summary}, {"path", file.path.string()}});
  return json;
}

void print_files(const char* title, const std::vector<ShippedFile>& files, std::ostream& out) {
  fmt::print(out, "{}\n", title);
  for (const ShippedFile& file : files) fmt::print(out, "  {:<40}{}\n", file.name, file.summary);
}

Result<Unit> recipes(const CommandLine& line, std::ostream& out) {
  if (wants_json(line)) {
    fmt::print(
        out, "{}\n",
        nlohmann::ordered_json{{"recipes", files_json(shipped_recipes())}, {"spaces", files_json(shipped_spaces())}}
            .dump(2));
    return Unit{};
  }
  print_files("recipes (nas search NAME; bench_...: nas bench NAME):", shipped_recipes(), out);
  print_files("\nsearch spaces (nas space describe NAME):", shipped_spaces(), out);
  return Unit{};
}

Result<Unit> list_algorithms(const CommandLine& line, std::ostream& out) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const AlgorithmRow& row : algorithms()) {
    const auto config = row.make_config();
    if (wants_json(line)) {
      json.push_back({{"name", row.name},
                      {"summary", row.summary},
                      {"source", row.source},
                      {"options", options_to_json(config->options())}});
      continue;
    }
    fmt::print(out, "{}: {}\n  {}\n", row.name, row.summary, row.source);
    for (const Option& option : config->options()) {
      fmt::print(out, "  algorithm.{} = {}  ({}) {}\n", option.name, get_option(option).dump(), describe_type(option),
                 option.help);
    }
  }
  if (wants_json(line)) fmt::print(out, "{}\n", json.dump(2));
  return Unit{};
}

/// What nas-trainer says of itself; null where there is none.
nlohmann::ordered_json trainer_json() {
  const auto trainer = find_trainer();
  if (!trainer) return nullptr;
  const std::string command = fmt::format("'{}' --version", *trainer);
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  if (!pipe) return nullptr;
  std::string text;
  std::array<char, 4096> buffer;
  while (const std::size_t count = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    text.append(buffer.data(), count);
  const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
  return json.is_discarded() ? nlohmann::ordered_json(nullptr) : json;
}

Result<Unit> version(const CommandLine& line, std::ostream& out) {
  nlohmann::ordered_json json = {
      {"nas", NAS_VERSION},
      {"mpi", mpi_library_version()},
      {"sqlite", sqlite3_libversion()},
      {"yaml-cpp", NAS_YAML_CPP_VERSION},
      {"muparser", expression_library_version()},
      {"fmt", fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"nlohmann-json",
       fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH)},
      {"cxxopts", fmt::format("{}.{}.{}", CXXOPTS__VERSION_MAJOR, CXXOPTS__VERSION_MINOR, CXXOPTS__VERSION_PATCH)},
      {"gmp", gmp_version},
      {"xxhash", fmt::format("{}.{}.{}", XXH_versionNumber() / 10000, XXH_versionNumber() / 100 % 100,
                             XXH_versionNumber() % 100)},
      {"trainer", trainer_json()}};
  if (wants_json(line)) {
    fmt::print(out, "{}\n", json.dump(2));
    return Unit{};
  }
  for (const auto& [name, value] : json.items()) {
    if (name != "trainer") fmt::print(out, "{:<15}{}\n", name, value.get<std::string>());
  }
  if (json["trainer"].is_null()) {
    fmt::print(out, "{:<15}none (built without torch)\n", "nas-trainer");
    return Unit{};
  }
  for (const auto& [name, value] : json["trainer"].items()) {
    const std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "none" : value.dump();
    fmt::print(out, "{:<15}{}\n", name == "nas" ? "nas-trainer" : name, text);
  }
  return Unit{};
}

Result<Unit> reference(const CommandLine& line, std::ostream& out) {
  const std::string& page = line.arguments[0];
  if (page == "algorithms") {
    out << algorithms_markdown();
  } else if (page == "configuration") {
    out << options_markdown();
  } else if (page == "schema") {
    fmt::print(out, "{}\n", options_schema().dump(2));
  } else if (page == "operations") {
    out << operations_markdown();
  } else if (page == "spaces") {
    out << language_markdown();
  } else if (page == "space-schema") {
    fmt::print(out, "{}\n", space_schema().dump(2));
  } else {
    return Error{
        fmt::format("reference: there is no page '{}'{}", page,
                    suggest(page, {"algorithms", "configuration", "operations", "schema", "spaces", "space-schema"}))};
  }
  return Unit{};
}

}  // namespace

std::vector<Command> about_commands() {
  return {
      {"recipes", "[--json]", "experiments and search spaces that ship", 0, 0, declare_json, recipes},
      {"algorithms", "[--json]", "search algorithms with their options and papers", 0, 0, declare_json,
       list_algorithms},
      {"reference", "algorithms|configuration|operations|schema|spaces|space-schema",
       "generated pages: algorithms, keys of an experiment, operations, the language of spaces, JSON Schemas of both",
       1, 1, [](cxxopts::OptionAdder) {}, reference},
      {"version", "[--json]", "versions of everything linked", 0, 0, declare_json, version},
  };
}

const std::vector<Command>& commands() {
  static const std::vector<Command> rows = [] {
    std::vector<Command> all;
    for (auto& family : {search_commands(), slurm_commands(), simulate_commands(), bench_commands(), run_commands(),
                         report_commands(), train_commands(), export_commands(), predict_commands(), data_commands(),
                         space_commands(), about_commands()}) {
      all.insert(all.end(), family.begin(), family.end());
    }
    return all;
  }();
  return rows;
}

}  // namespace nas
