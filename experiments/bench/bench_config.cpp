#include "experiments/bench/bench_config.h"

#include <algorithm>

namespace nas {

namespace {

constexpr double kMaxEvaluations = 1e7;
constexpr double kMaxSeeds = 1e6;
constexpr double kMaxExact = 9'007'199'254'740'992.0;  // 2^53: exact in JSON and in `double`

}  // namespace

Options top_options(BenchConfig& config) {
  return {
      {.name = "benchmark", .target = &config.benchmark, .help = "its name, for titles; empty: the file's"},
      {.name = "space",
       .target = &config.space,
       .help = "search space: a name of the library (`nas space list`) or a path to a YAML file; required"},
      {.name = "limits",
       .target = &config.limits,
       .help = "comparisons over metrics such as `params <= 2e6`; those on what is known beforehand are checked before "
               "an evaluation, the others count as violated after it"},
      {.name = "evaluations",
       .target = &config.evaluations,
       .help =
           "candidates of each run, failures included; with `count: epochs`: full trainings, whose epochs a run has",
       .min = 1,
       .max = kMaxEvaluations},
      {.name = "seeds", .target = &config.seeds, .help = "runs of each algorithm", .min = 1, .max = kMaxSeeds},
      {.name = "first_seed",
       .target = &config.first_seed,
       .help = "of the runs; the others count on from it",
       .min = 1,
       .max = kMaxExact - kMaxSeeds},
      {.name = "pending",
       .target = &config.pending,
       .help = "candidates under way at once: asynchronous workers are simulated, each evaluation takes a random time "
               "(log-normal around 1; around its share of a full training's epochs)",
       .min = 1,
       .max = 1e6},
      {.name = "count",
       .target = &config.count,
       .help = "what `at` and the pictures count: evaluations, or epochs of training (for a table with epochs: where "
               "candidates train for fewer of them, a run has more candidates)",
       .choices = {"evaluations", "epochs"}},
      {.name = "isomorphic",
       .target = &config.isomorphic,
       .help =
           "apart: every row is a thing of its own; together: genotypes whose networks are isomorphic count as one, "
           "with the values of the first row",
       .choices = {"apart", "together"}},
  };
}

Options bench_table_options(TableOptions& table) {
  Options rows = options(table);
  std::erase_if(rows, [](const Option& row) { return row.name == "slots"; });
  return rows;
}

Options options(JoinOptions& join) {
  return {
      {.name = "file", .target = &join.file, .help = "CSV file whose columns are added to the table's, row by row"},
      {.name = "on", .target = &join.on, .help = "column of both files by which rows find each other"},
  };
}

const std::vector<BenchKey>& bench_free_keys() {
  static const std::vector<BenchKey> kKeys = {
      {"parameters", "name: number", "{}",
       "overrides of the search space's parameters, such as {channels: 8, cells: 1}"},
      {"objectives", "list of {maximize: E} and {minimize: E}", "",
       "what the algorithms see; E is a column or an expression over columns; required"},
      {"report", "{maximize: E}, or a list", "the objectives",
       "one objective: E of the best seen so far (ties: of the earlier); several: the share of the true front's "
       "hypervolume in these, of the front seen so far"},
      {"at", "list of integers", "a quarter, half and all of a run",
       "numbers of evaluations (or epochs: `count`) for the table of results; those above a whole run's are left out, "
       "which is always one"},
      {"algorithms", "list of names, or maps with `type`, its options and `label`", "",
       "what is compared (`nas algorithms`); `random` joins where it is missing; required"},
  };
  return kKeys;
}

}  // namespace nas
