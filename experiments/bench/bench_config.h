// A benchmark of search algorithms on a table, with every default filled in: plain values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "experiments/config/experiment_config.h"
#include "nas/objective.h"
#include "nas/option.h"
#include "nas/table_evaluator.h"
#include "search_spaces/yaml_tree.h"

namespace nas {

/// More columns for the table, from another one.
struct JoinOptions {
  std::string file;  // empty: none
  std::string on;    // column that both have
};

/// One line of the comparison.
struct BenchAlgorithm {
  std::string label;  // unique
  AlgorithmChoice choice;
  Place place = {};       // for errors
  std::string path = {};  // "algorithms.2"; "--algorithms"
};

struct BenchConfig {
  std::string benchmark;                     // its name
  std::string space;                         // name in the library, or an absolute path
  std::map<std::string, double> parameters;  // of the space
  TableOptions table;                        // its file absolute; `slots` has no meaning here
  JoinOptions join;                          // its file absolute
  std::vector<ObjectiveConfig> objectives;   // what the algorithms see; at least one
  std::vector<ObjectiveConfig> report;       // what is reported; several with several objectives, else one
  std::vector<std::string> limits;
  std::vector<BenchAlgorithm> algorithms;  // `random` among them
  std::int64_t evaluations = 200;
  std::vector<std::int64_t> at;  // rising; the last is most()
  std::int64_t seeds = 200;
  std::int64_t first_seed = 1;
  std::int64_t pending = 1;
  std::string count = "evaluations";
  std::string isomorphic = "apart";

  /// Whether genotypes of isomorphic networks are one thing to evaluate.
  [[nodiscard]] bool merges_isomorphic() const { return isomorphic == "together"; }
  /// Whether `at` and what is recorded count epochs of training, not evaluations.
  [[nodiscard]] bool counts_epochs() const { return count == "epochs"; }
  /// Of `at`, in all: evaluations, or epochs of as many full trainings.
  [[nodiscard]] std::int64_t most() const { return counts_epochs() ? evaluations * table.epochs : evaluations; }
};

/// Rows of the single values at the top of a benchmark.
[[nodiscard]] Options top_options(BenchConfig& config);
/// Those of a search's table that have a meaning here.
[[nodiscard]] Options bench_table_options(TableOptions& table);
[[nodiscard]] Options options(JoinOptions& join);

/// A key that is no row: its form, default and meaning.
struct BenchKey {
  const char* name;
  const char* type;
  const char* preset;
  const char* help;
};
/// In the order of the reference.
[[nodiscard]] const std::vector<BenchKey>& bench_free_keys();

}  // namespace nas
