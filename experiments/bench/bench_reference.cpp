#include "experiments/bench/bench_reference.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "experiments/bench/bench_config.h"

namespace nas {

namespace {

struct Key {
  std::string name, type, preset, help;
};

struct Section {
  std::string title;
  std::vector<Key> keys;
};

Key key_of(const Option& row) {
  const nlohmann::json value = get_option(row);
  return {row.name, describe_type(row), value.is_string() ? value.get<std::string>() : value.dump(), row.help};
}

std::vector<Section> sections() {
  BenchConfig config;
  std::vector<Section> all = {{"Top of the file", {}}, {"table", {}}, {"join", {}}};
  for (const Option& row : top_options(config)) all[0].keys.push_back(key_of(row));
  for (const BenchKey& key : bench_free_keys()) all[0].keys.push_back({key.name, key.type, key.preset, key.help});
  for (const Option& row : bench_table_options(config.table)) all[1].keys.push_back(key_of(row));
  for (const Option& row : options(config.join)) all[2].keys.push_back(key_of(row));
  return all;
}

constexpr const char* kIntroduction =
    R"(# Benchmarks of search algorithms

`nas bench BENCHMARK.yaml` runs search algorithms on a table of results that are known already, each with
many seeds, and shows which one needs fewest evaluations. `nas recipes` lists the benchmarks that come with
the program (`bench_...`); their tables are looked for under `NAS_DATA_DIR`. A benchmark of your own:

```yaml
space: cell.yaml                    # a space of genes will do
table: {file: results.csv, genotype_column: ops}
objectives: [{maximize: val_accuracy}]      # what the algorithms see
report: {maximize: test_accuracy}           # what is shown of the best seen
evaluations: 200
at: [50, 100, 200]
algorithms: [random, aging_evolution, {type: aging_evolution, sample: 5, label: small_sample}]
```

Every run is what `nas search` does: the same proposals, the same refusals of duplicates, one evaluation for
each candidate that is handed out, also for one without a row in the table. Runs depend on the seed alone,
not on the number of threads.

**What is reported.** With one objective: `report` of the candidate that is best in the objective so far. With
several: let the front of the table be all rows that no other dominates, scaled so that its ideal point is 0
and its nadir point 1 in each metric; a run's value is the hypervolume of the front that it has seen, up to
1.1 in each metric, divided by that of the table's front. A candidate over a limit counts nothing.

**Pending candidates.** With `pending: 16` sixteen candidates are always under way. Each takes a random time,
log-normal with median 1 and a deviation of 0.5 of its logarithm, drawn by seed and number of the candidate;
whoever ends first is told first. A value at n evaluations is that after n results.

**Learning curves.** A table may have a row for each epoch of a training: `table: {file: curves.csv,
epoch_column: epoch, epochs: 27}`. Then an algorithm may train candidates for fewer epochs, go on with some of them
and stop others, and what a run costs is best counted in epochs: with `count: epochs` a run has `evaluations` x
`epochs` of them, `at` and the pictures count them, and an evaluation costs the epochs that it adds (one, if its
genotype has no row). A simulated duration is in proportion. Of the results only those of most epochs compete to be
the best seen, as in `nas front`; what is reported is always that of the full training.

**Files** in the folder `--out`: `results.csv` (algorithm, seed, evaluations or epochs, value), `summary.csv` (algorithm,
evaluations, runs, mean, standard error) and `curve.svg`.

The keys below are generated from the tables of the program; `nas bench --help` prints the same. `--set
key.path=value` overrides a key of the file. Relative paths are looked for beside the file (in `--set`: in the
working directory), tables then also under `NAS_DATA_DIR`.
)";

}  // namespace

std::string bench_markdown() {
  std::string text = kIntroduction;
  for (const Section& section : sections()) {
    const bool top = section.title.starts_with("Top");
    text += fmt::format("\n## {}\n\n| key | value | default | meaning |\n|---|---|---|---|\n",
                        top ? section.title : fmt::format("`{}`", section.title));
    for (const Key& key : section.keys) {
      text += fmt::format("| `{}` | {} | {} | {} |\n", key.name, key.type,
                          key.preset.empty() ? "" : fmt::format("`{}`", key.preset), key.help);
    }
  }
  return text;
}

std::string bench_help() {
  std::string text;
  for (const Section& section : sections()) {
    text += fmt::format("{}{}:\n", text.empty() ? "" : "\n",
                        section.title.starts_with("Top") ? "Keys of a benchmark" : section.title);
    for (const Key& key : section.keys) {
      text += fmt::format("  {:<18} {}\n  {:<18}   ({}{})\n", key.name, key.help, "", key.type,
                          key.preset.empty() ? "" : "; default " + key.preset);
    }
  }
  return text;
}

}  // namespace nas
