// benchmark.yaml + --set -> BenchConfig, with everything checked that needs no search space.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/bench/bench_config.h"
#include "nas/csv_table.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

struct LoadedBench {
  BenchConfig config;
  YamlNode root;                     // for places
  std::filesystem::path space_file;  // absolute; exists
  CsvTable csv;                      // joined
  std::vector<Objective> objectives;
  std::vector<Objective> report;
  std::vector<Limit> limits;
};

struct BenchRequest {
  std::filesystem::path file;
  std::vector<std::string> sets;        // key.path=value
  std::vector<std::string> algorithms;  // labels of the file or names; empty: all of the file's
};

/// Tables with a relative path are looked for beside the file (where --set named them: in the
/// working directory), then under NAS_DATA_DIR. Error: all that is wrong, a line each
/// (`file:line:column: key.path: what was expected`), by line.
[[nodiscard]] Result<LoadedBench> load_bench(const BenchRequest& request);

/// Every key that may stand at the top of a benchmark.
[[nodiscard]] std::vector<std::string> bench_keys();

}  // namespace nas
