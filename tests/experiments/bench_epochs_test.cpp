// Benchmarks on tables with learning curves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "experiments/bench/bench_score.h"
#include "experiments/bench/run_benchmark.h"
#include "experiments/bench/table_training.h"
#include "tests/experiments/bench_files.h"

namespace nas {
namespace {

using ::testing::ElementsAre;

// Six genotypes, four epochs; `seen` rises by epoch, and after the first the order is another one
// than in the end.
class BenchEpochsTest : public BenchFiles {
 protected:
  BenchEpochsTest() {
    std::string table = "genotype,epoch,seen,test\n";
    const std::vector<std::vector<int>> curves = {{1, 2, 3, 10}, {2, 3, 4, 5},  {3, 4, 5, 6},
                                                  {4, 5, 6, 7},  {5, 6, 7, 20}, {6, 7, 8, 9}};
    const std::vector<std::string> genotypes = {"00", "01", "10", "11", "20", "21"};
    for (std::size_t i = 0; i < genotypes.size(); ++i) {
      for (int epoch = 1; epoch <= 4; ++epoch) {
        const int seen = curves[i][static_cast<std::size_t>(epoch) - 1];
        table += genotypes[i] + "," + std::to_string(epoch) + "," + std::to_string(seen) + "," +
                 std::to_string(100 * epoch + seen) + "\n";
      }
    }
    write("table.csv", table);
  }
  static constexpr const char* kEpochs =
      "space: two.yaml\n"
      "table: {file: table.csv, epoch_column: epoch, epochs: 4}\n"
      "objectives: [{maximize: seen}]\n"
      "report: {maximize: test}\n"
      "evaluations: 4\n"
      "count: epochs\n"
      "at: [4, 8]\n"
      "seeds: 8\n"
      "algorithms: [random, {type: asha, eta: 2, min_epochs: 1}]\n";

  static Candidate candidate(std::vector<std::int32_t> genes, std::int32_t budget, std::vector<double> stop = {}) {
    Candidate made;
    made.genotype.genes = std::move(genes);
    made.budget = budget;
    made.stop_above = std::move(stop);
    return made;
  }
};

TEST_F(BenchEpochsTest, ATrainingBringsWhatTheTableHasAtItsEpochs) {
  const auto made = benchmark(kEpochs);
  const TableTraining two = train_by_row(*made, candidate({0, 1}, 2), 0);
  EXPECT_EQ(two.epochs, 2);
  EXPECT_EQ(two.outcome.objectives, std::vector<double>{-3});
  EXPECT_EQ(two.outcome.curve, (std::vector<double>{-2, -3}));
  const TableTraining all = train_by_row(*made, candidate({0, 1}, 4, {-9, -9, -3.5}), 2);
  EXPECT_EQ(all.epochs, 4) << "its bounds before the third epoch are over, -4 is not above -3.5";
  EXPECT_FALSE(all.outcome.stopped);
  const TableTraining stopped = train_by_row(*made, candidate({0, 1}, 4, {-1, -3.5}), 0);
  EXPECT_EQ(stopped.epochs, 2);
  EXPECT_TRUE(stopped.outcome.stopped);
  EXPECT_EQ(stopped.outcome.objectives, std::vector<double>{-3});
  const TableTraining last = train_by_row(*made, candidate({0, 1}, 2, {-1, -9}), 0);
  EXPECT_FALSE(last.outcome.stopped) << "there is nothing left to stop";
}

TEST_F(BenchEpochsTest, ResultsOfMostEpochsCompeteAndAreReportedInFull) {
  const auto made = benchmark(kEpochs);
  BenchScore score(*made);
  score.see(made->rows()[0], 1);
  EXPECT_EQ(score.value(), 410);
  score.see(made->rows()[5], 1);
  EXPECT_EQ(score.value(), 409);
  score.see(made->rows()[1], 2);
  EXPECT_EQ(score.value(), 405) << "worse, but it was trained for longer";
  score.see(made->rows()[4], 1);
  EXPECT_EQ(score.value(), 405);
  score.see(made->rows()[4]);
  EXPECT_EQ(score.value(), 420);
}

TEST_F(BenchEpochsTest, ARunSpendsItsEpochs) {
  const auto made = benchmark(kEpochs, {"pending=2"});
  EXPECT_THAT(made->config().at, ElementsAre(4, 8, 16));
  for (const BenchAlgorithm& algorithm : made->config().algorithms) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      std::uint64_t spent = 0;
      const BenchRun run = run_once(*made, algorithm.choice, seed, {1, 4, 16}, [&](std::uint64_t epochs) {
        EXPECT_LT(spent, 16U);
        spent += epochs;
      });
      EXPECT_GE(spent, 16U) << algorithm.label;
      EXPECT_EQ(run.evaluations, algorithm.label == "random" ? 4U : run.evaluations);
      EXPECT_EQ(std::isnan(run.values[0]), algorithm.label == "random") << "no full training ends after one epoch";
    }
  }
}

TEST_F(BenchEpochsTest, AMissingGenotypeCostsAnEpoch) {
  write("table.csv", "genotype,epoch,seen,test\n00,1,1,1\n00,2,2,2\n00,3,2,2\n00,4,2,2\n");
  const auto made = benchmark(kEpochs);
  std::uint64_t spent = 0;
  const BenchRun run =
      run_once(*made, made->config().algorithms[0].choice, 1, {16}, [&](std::uint64_t e) { spent += e; });
  EXPECT_EQ(run.evaluations, 6U);
  EXPECT_EQ(run.failed, 5U);
  EXPECT_EQ(spent, 5U + 4U);
}

TEST_F(BenchEpochsTest, SaysWhatIsWrong) {
  EXPECT_THAT(errors(kSingle, {"count=epochs"}),
              ::testing::HasSubstr("count: epochs can be counted where the table has some"));
  EXPECT_THAT(errors(kSingle, {"algorithms=[asha]", "table.epoch_column=epoch", "table.epochs=1"}),
              ::testing::HasSubstr("asha has nothing to halve: a full training has 1 epoch"));
  EXPECT_THAT(errors(kEpochs, {"table.epochs=5"}), ::testing::HasSubstr("try epochs: 4"));
  EXPECT_THAT(errors(kEpochs, {"objectives=[{maximize: epoch}]"}), ::testing::HasSubstr("'epoch' is no column"));
  write("table.csv", "genotype,epoch,seen,test\n00,1,1,1\n00,2,,2\n00,3,2,2\n00,4,2,2\n");
  EXPECT_THAT(errors(kEpochs), ::testing::HasSubstr("table.csv:2: epoch 2: 'seen' has no value"));
}

}  // namespace
}  // namespace nas
