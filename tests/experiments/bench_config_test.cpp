#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/experiments/bench_files.h"

namespace nas {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class BenchConfigTest : public BenchFiles {
 protected:
  /// kSingle without the line that begins with `key`, and with `line` instead.
  [[nodiscard]] static std::string with(const std::string& key, const std::string& line) {
    std::string text = kSingle;
    const std::size_t begin = text.find(key + ":");
    if (begin != std::string::npos) text.erase(begin, text.find('\n', begin) - begin + 1);
    return text + line + (line.empty() ? "" : "\n");
  }

  [[nodiscard]] static std::vector<std::string> labels(const BenchConfig& config) {
    std::vector<std::string> names;
    for (const BenchAlgorithm& algorithm : config.algorithms) names.push_back(algorithm.label);
    return names;
  }
};

TEST_F(BenchConfigTest, KeysAndDefaults) {
  const BenchConfig read = config(kSingle);
  EXPECT_EQ(read.benchmark, "b");
  EXPECT_EQ(read.evaluations, 6);
  EXPECT_THAT(read.at, ElementsAre(2, 4, 6));
  EXPECT_EQ(read.seeds, 8);
  EXPECT_EQ(read.first_seed, 1);
  EXPECT_EQ(read.pending, 1);
  EXPECT_FALSE(read.merges_isomorphic());
  EXPECT_EQ(read.report, (std::vector<ObjectiveConfig>{{Direction::Maximise, "test"}}));
  EXPECT_EQ(config(with("report", "")).report, read.objectives);
  EXPECT_EQ(config(with("table", "table: table.csv")).table.file, (folder_ / "table.csv").string());
}

TEST_F(BenchConfigTest, PointsEndAtTheEvaluations) {
  EXPECT_THAT(config(with("at", "")).at, ElementsAre(1, 3, 6));
  EXPECT_THAT(config(kSingle, {"evaluations=3"}).at, ElementsAre(2, 3));
  EXPECT_THAT(config(with("at", "at: [4, 4, 1, 9, 6]")).at, ElementsAre(1, 4, 6));
  EXPECT_THAT(config(kSingle, {"evaluations=1"}).at, ElementsAre(1));
}

TEST_F(BenchConfigTest, RandomIsAlwaysThere) {
  EXPECT_THAT(labels(config(kSingle)), ElementsAre("random", "aging_evolution"));
  EXPECT_THAT(labels(config(with("algorithms", "algorithms: [aging_evolution]"))),
              ElementsAre("aging_evolution", "random"));
  EXPECT_THAT(labels(config(with("algorithms", "algorithms: [{type: random, label: chance}]"))), ElementsAre("chance"));
}

TEST_F(BenchConfigTest, SeveralOfOneTypeHaveLabels) {
  const std::string two =
      with("algorithms", "algorithms: [{type: aging_evolution, sample: 3, label: small}, aging_evolution]");
  const BenchConfig read = config(two);
  EXPECT_THAT(labels(read), ElementsAre("small", "aging_evolution", "random"));
  EXPECT_EQ(read.algorithms[0].choice.options["sample"], 3);
  EXPECT_EQ(read.algorithms[1].choice.options["sample"], 10);
  const BenchConfig chosen = config(two, {}, {"random", "small"});
  EXPECT_THAT(labels(chosen), ElementsAre("random", "small"));
  EXPECT_EQ(chosen.algorithms[1].choice.options["sample"], 3);
  EXPECT_THAT(labels(config(two, {}, {"local_search"})), ElementsAre("local_search", "random"));
}

TEST_F(BenchConfigTest, TablesAreFoundBesideTheFileThenInTheDataFolder) {
  const std::filesystem::path data = folder_ / "data";
  std::filesystem::create_directories(data / "sub");
  write("data/sub/far.csv", kTable);
  ASSERT_EQ(setenv("NAS_DATA_DIR", data.c_str(), 1), 0);
  EXPECT_EQ(config(with("table", "table: {file: sub/far.csv}")).table.file, (data / "sub/far.csv").string());
  EXPECT_THAT(
      errors(with("table", "table: {file: sub/near.csv}")),
      AllOf(HasSubstr("b.yaml:"), HasSubstr("table.file: there is no file sub/near.csv nor under NAS_DATA_DIR")));
  ASSERT_EQ(unsetenv("NAS_DATA_DIR"), 0);
  EXPECT_THAT(errors(with("table", "table: {file: sub/far.csv}")), HasSubstr("set NAS_DATA_DIR to the folder"));
}

TEST_F(BenchConfigTest, AJoinAddsColumns) {
  write("more.csv", "seen,heat\n5,1\n4,2\n3,3\n2,4\n1,7\n");
  const std::string text = with("report", "report: {minimize: heat}") + "join: {file: more.csv, on: seen}\n";
  const auto made = benchmark(text);
  EXPECT_EQ(made->rows()[0].report, std::vector<double>{7});
  EXPECT_EQ(made->rows()[4].report, std::vector<double>{2});
  EXPECT_THAT(errors(with("seeds", "join: {file: more.csv, on: sen}")),
              HasSubstr("no column 'sen' to join by, did you"));
  EXPECT_THAT(errors(with("seeds", "join: {file: nowhere.csv}")),
              AllOf(HasSubstr("join.on: missing"), HasSubstr("join.file: there is no file nowhere.csv")));
}

struct BadInput {
  std::string key, line, message;
};

TEST_F(BenchConfigTest, MistakesAreNamedWithTheirPlace) {
  const std::vector<BadInput> cases = {
      {"space", "spacee: two.yaml", "spacee: unknown key, did you mean 'space'?"},
      {"space", "", "space: missing"},
      {"space", "space: nas_bench_21", "space: unknown search space 'nas_bench_21', did you mean 'nas_bench_201'?"},
      {"table", "", "table.file: missing"},
      {"table", "table: {file: table.csv, slots: 2}", "table.slots: unknown key"},
      {"table", "table: {file: table.csv, genotype_column: genotyp}", "did you mean 'genotype'?"},
      {"objectives", "", "objectives: missing"},
      {"objectives", "objectives: [{maximize: sen}]",
       "objectives.0: 'sen' is no column of the table, did you mean 'seen'?"},
      {"objectives", "objectives: [{maximize: genotype}]", "'genotype' is no column"},
      {"objectives", "objectives: [{maximize: 1 + 2}]", "reads no column"},
      {"objectives", "objectives: [{maximize: seen +}]", "objectives.0: "},
      {"objectives", "objectives: [{maximize: params}]", "'params' is no column of numbers"},
      {"report", "report: {maximize: tst}", "report: 'tst' is no column of the table, did you mean 'test'?"},
      {"report", "report: test", "report: expected {maximize: EXPRESSION}"},
      {"report", "report: [{maximize: test}, {minimize: price}]", "with one objective one number is reported"},
      {"limits", "limits: [seen]", "limits.0: "},
      {"limits", "limits: [prize <= 3]", "limits.0: 'prize' is no column of the table, did you mean 'price'?"},
      {"limits", "limits: [price <= 0]", "no row meets the limits"},
      {"evaluations", "evaluations: 0", "evaluations: expected an integer from 1"},
      {"at", "at: 5", "at: expected a list of integers"},
      {"at", "at: [5, many]", "at.1: expected an integer of at least 1, got \"many\""},
      {"seeds", "seeds: -1", "seeds: expected an integer from 1"},
      {"pending", "pending: 0", "pending: expected an integer from 1"},
      {"isomorphic", "isomorphic: togehter", "did you mean 'together'?"},
      {"isomorphic", "isomorphic: together", "isomorphic: space 'two' has no network"},
      {"algorithms", "", "algorithms: expected a list"},
      {"algorithms", "algorithms: []", "algorithms: expected a list"},
      {"algorithms", "algorithms: [randon]", "algorithms.0: unknown algorithm 'randon', did you mean 'random'?"},
      {"algorithms", "algorithms: [{population: 4}]", "algorithms.0: expected an algorithm's name"},
      {"algorithms", "algorithms: [random, {type: aging_evolution, poplation: 4}]",
       "algorithms.1.poplation: unknown key, did you mean 'population'?"},
      {"algorithms", "algorithms: [random, {type: aging_evolution, population: 4}]", "algorithms.1: sample=10 is more"},
      {"algorithms", "algorithms: [random, random]", "algorithms.1: a second algorithm called 'random'"},
      {"algorithms", "algorithms: [{type: random, label: 'a,b'}]", "label: expected a name without commas"},
  };
  for (const BadInput& bad : cases) {
    EXPECT_THAT(errors(with(bad.key, bad.line)), HasSubstr(bad.message)) << bad.key << " <- " << bad.line;
  }
  EXPECT_THAT(errors(with("seeds", "seeds: none")), HasSubstr("b.yaml:8:1: seeds: "));
  EXPECT_THAT(errors(kSingle, {"pendin=3"}), HasSubstr("--set: pendin: unknown key, did you mean 'pending'?"));
  EXPECT_THAT(errors(kSingle, {}, {"agin_evolution"}),
              HasSubstr("--algorithms: unknown algorithm 'agin_evolution', did you mean 'aging_evolution'?"));
}

TEST_F(BenchConfigTest, MistakesAreSaidTogether) {
  EXPECT_THAT(errors("space: two.yaml\ntable: {file: table.csv}\nobjectives: [{maximize: sen}]\nseeds: 0\n"
                     "algorithms: [randon]\n"),
              AllOf(HasSubstr("objectives.0: 'sen'"), HasSubstr("\nb.yaml:4:1: seeds:"),
                    HasSubstr("algorithms.0: unknown algorithm")));
}

TEST_F(BenchConfigTest, AnAlgorithmThatTakesOneObjectiveIsNamed) {
  EXPECT_THAT(errors(kFront, {"algorithms=[nsga2, aging_evolution]"}),
              HasSubstr("--set: algorithms.1: aging_evolution takes one objective, not 2"));
}

TEST_F(BenchConfigTest, SeveralObjectivesReportAHypervolume) {
  EXPECT_THAT(errors(std::string(kFront) + "report: {maximize: test}\n"), HasSubstr("report: with several objectives"));
}

TEST_F(BenchConfigTest, ARowWithoutAValueIsNamedByItsLine) {
  for (const std::string cell : {"", "nan", "inf"}) {
    write("table.csv", "genotype,seen,test\n00,1,2\n10," + cell + ",4\n01,5,6\n20,7," + cell + "\n");
    EXPECT_THAT(errors(kSingle), AllOf(HasSubstr("table.csv:3: 'seen' has no value (the cell of 'seen' is empty"),
                                       HasSubstr("\ntable.csv:5: 'test' has no value")));
  }
}

TEST_F(BenchConfigTest, BadTablesAreNamedByLineAndColumn) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "table.csv: empty"},
      {"genotype,seen,test\n", "table.csv: no rows"},
      {"genotype,seen,test\n00,1,2\n00,1,3\n", "table.csv:3: other values than line 2"},
      {"genotype,seen,test\n00,1,2\n10,abc,3\n", "table.csv:3: seen: 'abc' is no number"},
      {"genotype,seen,test\n00,1,2\n30,1,3\n", "table.csv:3: genotype: "},
      {"genotype,seen,test\n00,1,2\n000,1,3\n", "table.csv:3: genotype: "},
      {"genotype,seen,test\n00,1,2\n10,1\n", "table.csv:3: 2 fields"},
  };
  for (const auto& [text, message] : cases) {
    write("table.csv", text);
    EXPECT_THAT(errors(kSingle), HasSubstr(message)) << text;
  }
}

}  // namespace
}  // namespace nas
