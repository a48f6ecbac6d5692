#include "experiments/config/algorithm_reference.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "experiments/config/algorithm_prose.h"
#include "nas/algorithms/auto.h"

namespace nas {

namespace {

constexpr double kSmallSpace = 1000;
constexpr double kLargeSpace = 1e24;

std::string summary_table() {
  std::string text = "\n| name | what it is |\n|---|---|\n";
  for (const AlgorithmRow& row : algorithms()) text += fmt::format("| [`{0}`](#{0}) | {1} |\n", row.name, row.summary);
  return text;
}

/// The rule itself, asked.
std::string rule_table() {
  struct Kind {
    const char* name;
    std::size_t objectives;
    double genotypes;
  };
  constexpr std::uint64_t kEvaluations[] = {100, 1000, 3000, 10'000, 100'000};
  constexpr Kind kKinds[] = {{"one objective", 1, kLargeSpace},
                             {"two or three objectives", 2, kLargeSpace},
                             {"one to three objectives, at most 1,000 genotypes", 1, kSmallSpace},
                             {"four objectives and more", 4, kLargeSpace}};
  std::string text = "\n| evaluations |";
  std::string line = "|---|";
  for (const std::uint64_t evaluations : kEvaluations) {
    text += fmt::format(" {} |", evaluations);
    line += "---|";
  }
  text += "\n" + line + "\n";
  for (const Kind& kind : kKinds) {
    text += fmt::format("| {} |", kind.name);
    for (const std::uint64_t evaluations : kEvaluations) {
      text += fmt::format(" `{}` |", advise({kind.objectives, evaluations, kind.genotypes}).name);
    }
    text += "\n";
  }
  return text;
}

std::string options_table(const Options& rows) {
  if (rows.empty()) return "It has no options.\n";
  std::string text = "| option | value | default | meaning |\n|---|---|---|---|\n";
  for (const Option& row : rows) {
    const nlohmann::json value = get_option(row);
    text += fmt::format("| `{}` | {} | `{}` | {} |\n", row.name, describe_type(row),
                        value.is_string() ? value.get<std::string>() : value.dump(), row.help);
  }
  return text;
}

std::string section_of(const AlgorithmRow& row) {
  const AlgorithmProse prose = prose_of(row.name);
  return fmt::format("\n### {0}\n\n{1}\n\n**When.** {2}\n\n**Source.** {3}.\n\n{4}", row.name, prose.what, prose.when,
                     row.source, options_table(row.make_config()->options()));
}

std::string how_to_add() {
  return fmt::format(
      "\n## How to add one\n\n"
      "An algorithm proposes one genotype and listens; ids, seeds, duplicates, limits and pending candidates are the "
      "business of `nas::Proposer`, which all share (nas/search_algorithm.h says what is promised to whom). It takes a "
      "file `nas/algorithms/NAME.cpp` with its header, a line in `nas/CMakeLists.txt`, and a row in "
      "`nas/algorithms/builtin.cpp`:\n\n"
      "```cpp\n"
      "{{\"{}\", \"{}\",\n \"{}\", &make_config<RandomSearchConfig>}},\n"
      "```\n\n"
      "Everything else finds it through the table: the reader of experiments, `--help`, this page (its words come from "
      "`experiments/config/algorithm_prose.cpp`), the JSON Schema, `nas bench`, and the tests that hold every "
      "algorithm "
      "to the interface's laws (`tests/nas/algorithm_conformance_test.cpp`). The shortest of them, whole:\n\n"
      "```cpp\n{}```\n\n"
      "One with options binds a row to each of its fields in `options()` (nas/algorithms/aging_evolution.cpp); one "
      "that "
      "learns keeps what `accepted` and `tell` bring it. `propose` draws from the stream that it is given and changes "
      "nothing, as a proposal may be refused.\n",
      algorithms().front().name, algorithms().front().summary, algorithms().front().source, shortest_algorithm());
}

}  // namespace

std::string algorithms_markdown() {
  std::string text(algorithms_introduction());
  text += summary_table();
  text += fmt::format(
      "\n## What `{}` chooses\n\n"
      "The number of objectives, the evaluations of the whole run and the number of genotypes decide (the function "
      "`advise` in nas/algorithms/auto.cpp, which this table is made from):\n{}",
      kAutoAlgorithm, rule_table());
  text += "\n## The algorithms\n";
  for (const AlgorithmRow& row : algorithms()) text += section_of(row);
  text += algorithms_figures();
  text += how_to_add();
  return text;
}

}  // namespace nas
