#include "nas/table_evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nas/testing/gene_space.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::make_gene;
using ::testing::Not;
using ::testing::Pair;
using testing::plain_genes;

class TableTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::path(::testing::TempDir()) /
              (std::string("nas_table_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Table> load(const std::string& text, const std::vector<Gene>& genes, const std::string& column = "genotype") {
    const std::filesystem::path file = folder_ / "table.csv";
    std::ofstream(file) << text;
    return Table::load({.file = file.string(), .genotype_column = column}, genes);
  }
  std::string error_of(const std::string& text, const std::vector<Gene>& genes,
                       const std::string& column = "genotype") {
    const Result<Table> table = load(text, genes, column);
    EXPECT_FALSE(table.ok()) << text;
    return table.ok() ? "" : table.error().message;
  }

  std::filesystem::path folder_;
};

Metrics metrics_of(const Table& table, const Genotype& genotype) {
  const auto row = table.find_row(genotype);
  return row ? table.row(*row) : Metrics{{"no row", 0}};
}

TEST_F(TableTest, CommasOrDigits) {
  const auto commas = load("genotype,a,b\n\"0,1,2\",1.5,2\n\"2,0,0\",-3e2,4\n", plain_genes(3, 3));
  ASSERT_TRUE(commas.ok()) << commas.error().message;
  EXPECT_THAT(commas->metrics(), ElementsAre("a", "b"));
  EXPECT_EQ(commas->rows(), 2U);
  EXPECT_THAT(metrics_of(*commas, {{2, 0, 0}}), ElementsAre(Pair("a", -300), Pair("b", 4)));
  EXPECT_EQ(commas->find_row({{1, 1, 1}}), std::nullopt);
  const auto digits = load("a,ops\n1,012\n2,200\n", plain_genes(3, 3), "ops");
  ASSERT_TRUE(digits.ok()) << digits.error().message;
  EXPECT_THAT(metrics_of(*digits, {{0, 1, 2}}), ElementsAre(Pair("a", 1)));
  const auto one_gene = load("genotype,a\n11,5\n", plain_genes(1, 12));
  ASSERT_TRUE(one_gene.ok()) << one_gene.error().message;
  EXPECT_THAT(metrics_of(*one_gene, {{11}}), ElementsAre(Pair("a", 5)));
}

TEST_F(TableTest, AColumnForEachGene) {
  std::vector<Gene> genes = plain_genes(2, 3);
  genes[0].options = {{"relu", {}}, {"gelu", {}}, {"none", {}}};
  genes[1].options = {{"3", 3}, {"5", 5}, {"7", 7}};
  const auto names = load("g1,a,g0\n5.0,1,gelu\n7,2,none\n", genes);
  ASSERT_TRUE(names.ok()) << names.error().message;
  EXPECT_THAT(names->metrics(), ElementsAre("a"));
  EXPECT_THAT(metrics_of(*names, {{1, 1}}), ElementsAre(Pair("a", 1)));
  EXPECT_THAT(metrics_of(*names, {{2, 2}}), ElementsAre(Pair("a", 2)));
  const auto indices = load("g1,a,g0\n0,1,1\n2,2,0\n", genes);
  ASSERT_TRUE(indices.ok()) << indices.error().message;
  EXPECT_THAT(metrics_of(*indices, {{0, 2}}), ElementsAre(Pair("a", 2)));
  EXPECT_THAT(error_of("g1,a,g0\n3,1,relu\n0,2,gellu\n", genes),
              AllOf(HasSubstr("table.csv:3: gene 'g0' has no option 'gellu', did you mean 'gelu'"),
                    HasSubstr("table.csv:3: gene 'g1' has no option '0'")));
}

TEST_F(TableTest, InactiveGenesMayBeEmpty) {
  const std::vector<Gene> genes = {make_gene(0, 2), make_gene(1, 3, {{{0, {1}}}})};
  const auto table = load("g0,g1,a\n0,,1\n1,2,2\n", genes);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(metrics_of(*table, {{0, 0}}), ElementsAre(Pair("a", 1)));
  EXPECT_THAT(error_of("g0,g1,a\n1,,1\n", genes), HasSubstr(":2: gene 'g1' is empty, though it is active"));
}

TEST_F(TableTest, MissingNumbersAreMissingMetrics) {
  const auto table = load("genotype,a,b,c,name\n00,1,,,x\n01,nan,2,,y\n10,3,inf,,z\n", plain_genes(2, 2));
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->metrics(), ElementsAre("a", "b")) << "c is empty, name holds words";
  EXPECT_THAT(metrics_of(*table, {{0, 0}}), ElementsAre(Pair("a", 1)));
  EXPECT_THAT(metrics_of(*table, {{0, 1}}), ElementsAre(Pair("b", 2)));
  EXPECT_THAT(metrics_of(*table, {{1, 0}}), ElementsAre(Pair("a", 3)));
}

TEST_F(TableTest, SomeMetricsAreKnownBeforeTraining) {
  const std::filesystem::path file = folder_ / "table.csv";
  std::ofstream(file) << "genotype,acc,params_c10,flops,latency\n0,90,100,7,3\n1,91,,8,4\n";
  const auto genes = plain_genes(1, 2);
  const auto by_name = Table::load({.file = file.string()}, genes);
  ASSERT_TRUE(by_name.ok()) << by_name.error().message;
  EXPECT_THAT(by_name->computed_metrics(), ElementsAre("params_c10", "flops"));
  EXPECT_THAT(by_name->computed(0), ElementsAre(Pair("flops", 7), Pair("params_c10", 100)));
  EXPECT_THAT(by_name->computed(1), ElementsAre(Pair("flops", 8)));
  const auto told = Table::load({.file = file.string(), .computed = {"latency"}}, genes);
  ASSERT_TRUE(told.ok()) << told.error().message;
  EXPECT_THAT(told->computed_metrics(), ElementsAre("latency"));
  const auto wrong = Table::load({.file = file.string(), .computed = {"latencies"}}, genes);
  ASSERT_FALSE(wrong.ok());
  EXPECT_THAT(wrong.error().message, HasSubstr("computed: no metric 'latencies', did you mean 'latency'?"));
}

TEST_F(TableTest, ErrorsNameTheLine) {
  const std::vector<Gene> genes = plain_genes(3, 3);
  EXPECT_THAT(error_of("genotype,a\n012,1\n01,2\n013,3\n\"0,x,1\",4\n000,word\n", genes),
              AllOf(HasSubstr("table.csv:3: genotype: the genotype '0,1' has 2 genes, the space has 3"),
                    HasSubstr("table.csv:4: genotype: the genotype '0,1,3' has 3 for gene 'g2'"),
                    HasSubstr("table.csv:5: genotype: '0,x,1' is no genotype"),
                    HasSubstr("table.csv:6: a: 'word' is no number")));
  EXPECT_THAT(error_of("genotyp,a\n012,1\n", genes), HasSubstr("no column 'genotype'"));
  EXPECT_THAT(error_of("genotyp,a\n012,1\n", genes), HasSubstr("did you mean 'genotyp'"));
  EXPECT_THAT(error_of("g0,g1,a\n0,1,1\n", genes), HasSubstr("the genes 'g2' have no column"));
  EXPECT_THAT(error_of("genotype,a\n", genes), HasSubstr("no rows under the header"));
  EXPECT_THAT(error_of("genotype,a\n012,word\n", genes), HasSubstr("no column holds numbers"));
  EXPECT_THAT(Table::load({.file = "/nowhere/table.csv"}, genes).error().message, HasSubstr("/nowhere/table.csv"));
}

TEST_F(TableTest, ManyErrorsAreCounted) {
  std::string text = "genotype,a\n";
  for (int i = 0; i < 50; ++i) text += "0000,1\n";
  EXPECT_THAT(error_of(text, plain_genes(3, 3)), AllOf(HasSubstr("and 40 more"), Not(HasSubstr(":13:"))));
}

TEST_F(TableTest, RowsMayRepeatButNotContradictEachOther) {
  const std::vector<Gene> genes = {make_gene(0, 2), make_gene(1, 3, {{{0, {1}}}})};
  const auto table = load("genotype,a\n00,1\n01,1\n02,1\n12,5\n", genes);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->rows(), 2U);
  EXPECT_THAT(metrics_of(*table, {{1, 2}}), ElementsAre(Pair("a", 5)));
  EXPECT_THAT(error_of("genotype,a\n00,1\n10,1\n02,2\n", genes),
              HasSubstr("table.csv:4: other values than line 2 for the same genotype 0,0"));
}

TEST_F(TableTest, EvaluatorKeepsTheLaws) {
  auto table = load("genotype,a\n0,1\n1,2\n2,3\n", plain_genes(1, 4));
  ASSERT_TRUE(table.ok()) << table.error().message;
  TableEvaluator evaluator(std::make_shared<const Table>(std::move(*table)), 3);
  std::vector<Candidate> candidates(50);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].id = CandidateId{i};
    candidates[i].genotype.genes = {static_cast<std::int32_t>(i % 4)};  // 3 has no row
  }
  expect_conformance(evaluator, candidates);
}

TEST_F(TableTest, EvaluatorAnswersInOrder) {
  auto table = load("genotype,a\n00,1\n01,2\n", plain_genes(2, 2));
  ASSERT_TRUE(table.ok());
  TableEvaluator evaluator(std::make_shared<Table>(*std::move(table)), 3);
  EXPECT_EQ(evaluator.slots(), 3U);
  const std::vector<Genotype> genotypes = {{{0, 1}}, {{1, 1}}, {{0, 0}}};
  for (std::size_t i = 0; i < 3; ++i) {
    Candidate candidate;
    candidate.id = CandidateId{10 - i};
    candidate.genotype = genotypes[i];
    evaluator.submit(candidate);
  }
  EXPECT_EQ(evaluator.free_slots(), 0U);
  const auto results = evaluator.wait_some(std::chrono::milliseconds(0));
  ASSERT_EQ(results.size(), 3U);
  EXPECT_EQ(evaluator.free_slots(), 3U);
  EXPECT_EQ(number(results[0].id), 10U);
  EXPECT_THAT(results[0].metrics, ElementsAre(Pair("a", 2)));
  ASSERT_TRUE(results[1].failure);
  EXPECT_EQ(results[1].failure->type, FailureType::Invalid);
  EXPECT_THAT(results[1].failure->message, HasSubstr("has no row for 1,1"));
  EXPECT_THAT(results[2].metrics, ElementsAre(Pair("a", 1)));
  EXPECT_THAT(evaluator.wait_some(std::chrono::milliseconds(0)), IsEmpty());
}

constexpr const char* kCurves =
    "genotype,epoch,loss,params\n0,1,9,100\n0,2,6,100\n1,1,8,200\n1,3,2,200\n1,2,7,200\n0,3,5,100\n";

class CurveTableTest : public TableTest {
 protected:
  Result<Table> load_curves(const std::string& text, std::int64_t epochs, const std::string& column = "epoch") {
    const std::filesystem::path file = folder_ / "table.csv";
    std::ofstream(file) << text;
    return Table::load({.file = file.string(), .epoch_column = column, .epochs = epochs}, plain_genes(1, 3));
  }
  std::string error_of_curves(const std::string& text, std::int64_t epochs, const std::string& column = "epoch") {
    const Result<Table> table = load_curves(text, epochs, column);
    EXPECT_FALSE(table.ok()) << text;
    return table.ok() ? "" : table.error().message;
  }
};

TEST_F(CurveTableTest, AGenotypeHasAllEpochsInAnyOrder) {
  const auto table = load_curves(kCurves, 3);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_THAT(table->metrics(), ElementsAre("loss", "params"));
  EXPECT_EQ(table->rows(), 2U);
  EXPECT_EQ(table->epochs(), 3);
  const std::size_t one = *table->find_row({{1}});
  EXPECT_THAT(table->row(one), ElementsAre(Pair("loss", 2), Pair("params", 200)));
  EXPECT_THAT(table->row_at(one, 1), ElementsAre(Pair("loss", 8), Pair("params", 200)));
  EXPECT_THAT(table->row_at(one, 2), ElementsAre(Pair("loss", 7), Pair("params", 200)));
  EXPECT_THAT(table->computed(one), ElementsAre(Pair("params", 200)));
  EXPECT_THAT(table->genotypes(), ElementsAre(Genotype{{0}}, Genotype{{1}}));
  EXPECT_EQ(table->line(one), 4U);
}

TEST_F(CurveTableTest, AFullTrainingMayBeShorterThanTheTable) {
  const auto table = load_curves(kCurves, 2);
  ASSERT_TRUE(table.ok()) << table.error().message;
  EXPECT_EQ(table->epochs(), 2);
  EXPECT_THAT(table->row(*table->find_row({{0}})), ElementsAre(Pair("loss", 6), Pair("params", 100)));
}

TEST_F(CurveTableTest, ErrorsNameLineAndEpoch) {
  EXPECT_THAT(error_of_curves("genotype,epoch,loss\n0,1,9\n0,2,6\n1,1,8\n1,3,2\n0,3,2\n", 3),
              HasSubstr("table.csv:4: 1 has no row for epoch 2 (the table has epochs to 3"));
  EXPECT_THAT(error_of_curves("genotype,epoch,loss\n0,1,9\n0,2,6\n0,1,9\n", 2),
              HasSubstr("table.csv:4: a second row for epoch 1 of 0, after line 2"));
  EXPECT_THAT(error_of_curves("genotype,epoch,loss\n0,1,9\n0,2.5,6\n0,0,9\n0,,9\n", 2),
              AllOf(HasSubstr("table.csv:3: epoch: '2.5' is no epoch, which is a whole number from 1"),
                    HasSubstr("table.csv:4: epoch: '0'"), HasSubstr("table.csv:5: epoch: ''")));
  EXPECT_THAT(error_of_curves(kCurves, 4), HasSubstr("epochs: 4 is more than the table has, try epochs: 3"));
  EXPECT_THAT(error_of_curves(kCurves, 0), HasSubstr("epoch_column 'epoch' without `epochs`"));
  EXPECT_THAT(error_of_curves(kCurves, 3, "epochs"), HasSubstr("no column 'epochs', did you mean 'epoch'"));
  EXPECT_THAT(error_of_curves(kCurves, 3, ""), HasSubstr("epochs: 3 without an epoch_column"));
}

TEST_F(CurveTableTest, CandidatesTrainForTheirBudgetOrUntilABoundStopsThem) {
  auto table = load_curves(kCurves, 3);
  ASSERT_TRUE(table.ok()) << table.error().message;
  const auto loss = [](const Genotype&, const Metrics& metrics) { return std::optional(metrics.at("loss")); };
  TableEvaluator evaluator(std::make_shared<const Table>(*std::move(table)), 6, loss);
  const auto submit = [&](std::int32_t gene, std::int32_t budget, std::vector<double> stop_above) {
    Candidate candidate;
    candidate.genotype = {{gene}};
    candidate.budget = budget;
    candidate.stop_above = std::move(stop_above);
    evaluator.submit(candidate);
  };
  submit(1, 2, {});
  submit(1, 3, {8, 6.5});   // 8 is not above 8, 7 is above 6.5
  submit(1, 3, {9, 9, 1});  // the last epoch is over
  submit(0, 3, {7});        // 9 is above
  submit(0, 4, {});
  const auto results = evaluator.wait_some(std::chrono::milliseconds(0));
  ASSERT_EQ(results.size(), 5U);
  EXPECT_THAT(results[0].metrics, ElementsAre(Pair("loss", 7), Pair("params", 200)));
  ASSERT_EQ(results[0].curve.size(), 2U);
  EXPECT_EQ(results[0].curve[0], (CurvePoint{1, {{"loss", 8}, {"params", 200}}}));
  EXPECT_FALSE(results[0].stopped);
  EXPECT_TRUE(results[1].stopped);
  EXPECT_EQ(results[1].metrics.at("loss"), 7);
  EXPECT_EQ(results[1].curve.size(), 2U);
  EXPECT_FALSE(results[2].stopped);
  EXPECT_EQ(results[2].metrics.at("loss"), 2);
  EXPECT_TRUE(results[3].stopped);
  EXPECT_EQ(results[3].curve.size(), 1U);
  ASSERT_TRUE(results[4].failure);
  EXPECT_THAT(results[4].failure->message, HasSubstr("has 3 epochs, not 4"));
}

}  // namespace
}  // namespace nas
