#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <map>
#include <set>

#include "experiments/bench/bench_score.h"
#include "experiments/bench/genotype_memo.h"
#include "experiments/bench/run_benchmark.h"
#include "experiments/bench/share_work.h"
#include "experiments/bench/simulation.h"
#include "nas/surrogate/graph_features.h"
#include "tests/experiments/bench_files.h"

namespace nas {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;

class BenchRunTest : public BenchFiles {
 protected:
  /// The score after each of these rows, by their place in the table.
  static std::vector<double> scores(const Benchmark& benchmark, const std::vector<std::size_t>& rows) {
    BenchScore score(benchmark);
    std::vector<double> values;
    for (const std::size_t row : rows) {
      score.see(benchmark.rows()[row]);
      values.push_back(score.value().value_or(std::nan("")));
    }
    return values;
  }
};

TEST_F(BenchRunTest, TheBestSeenIsReportedAndTiesGoToTheEarlier) {
  const auto made = benchmark(kSingle);
  EXPECT_THAT(scores(*made, {0, 1, 2, 3, 4, 5}), ElementsAre(10, 30, 20, 20, 20, 40));
  EXPECT_THAT(scores(*made, {4, 3, 0}), ElementsAre(50, 50, 50));
  EXPECT_EQ(BenchScore(*made).value(), std::nullopt);
}

TEST_F(BenchRunTest, RowsOverALimitCountNothing) {
  const auto made = benchmark(kSingle, {"limits=[test <= 45, price < 9]"});
  const std::vector<double> values = scores(*made, {4, 5, 2});
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_TRUE(std::isnan(values[1]));
  EXPECT_EQ(values[2], 20);
  EXPECT_EQ(made->feasible_rows().size(), 4U);
}

TEST_F(BenchRunTest, AMinimisedReportIsInTheUsersSense) {
  const auto made = benchmark(kSingle, {"objectives=[{minimize: price}]", "report={minimize: test}"});
  EXPECT_THAT(scores(*made, {0, 2, 3}), ElementsAre(10, 20, 20));
}

// The front in (seen up, price down) is 20 (4, 2) and 21 (5, 9): 11 (4, 3) is dominated. Scaled, the
// ideal (5, 2) is 0 and the nadir (4, 9) is 1, so 20 -> (1, 0) and 21 -> (0, 1).
TEST_F(BenchRunTest, TheShareOfTheHypervolumeByHand) {
  const auto made = benchmark(kFront);
  const double full = 0.1 * 1.1 + 1.0 * 0.1;  // right of x = 1 with all of y; left of it what is above y = 1
  EXPECT_NEAR(made->true_front().hypervolume, full, 1e-12);
  // 00: (4, 4/7) lies outside the box; 11: (1, 1/7).
  const double of_11 = 0.1 * (1.1 - 1.0 / 7);
  EXPECT_THAT(scores(*made, {0, 4, 3, 5}), ElementsAre(DoubleNear(0, 1e-12), DoubleNear(of_11 / full, 1e-12),
                                                       DoubleNear(0.11 / full, 1e-12), DoubleNear(1, 1e-12)));
}

// The front of what is seen is judged by what is reported: 11 is better in `test` than 20, but a
// search that has seen 20 does not keep it.
TEST_F(BenchRunTest, TheFrontSeenIsJudgedByTheReport) {
  const auto made = benchmark(kFront, {"report=[{maximize: test}, {minimize: price}]"});
  // True front in (test, price): 11 (50, 3) and 20 (20, 2); scaled 11 -> (0, 1), 20 -> (1, 0).
  const double full = 0.1 * 1.1 + 1.0 * 0.1;
  EXPECT_THAT(scores(*made, {4, 3}), ElementsAre(DoubleNear(1.1 * 0.1 / full, 1e-12), DoubleNear(0.11 / full, 1e-12)));
}

TEST_F(BenchRunTest, ThreadsChangeNothing) {
  for (const std::string text : {kSingle, kFront}) {
    const auto made = benchmark(text, {"pending=3"});
    const BenchResults one = run_benchmark(*made, 1, [](std::uint64_t) {});
    const BenchResults three = run_benchmark(*made, 3, [](std::uint64_t) {});
    ASSERT_EQ(one.runs.size(), 2U);
    for (std::size_t i = 0; i < one.runs.size(); ++i) {
      ASSERT_EQ(one.runs[i].size(), 8U);
      std::set<std::vector<double>> different;
      for (std::size_t run = 0; run < one.runs[i].size(); ++run) {
        EXPECT_EQ(one.runs[i][run].values, three.runs[i][run].values);
        different.insert(one.runs[i][run].values);
      }
      EXPECT_GT(different.size(), 2U) << "all seeds do the same";
    }
  }
}

TEST_F(BenchRunTest, ASeedIsTheSameInAnyCompany) {
  const auto made = benchmark(kSingle);
  const BenchResults all = run_benchmark(*made, 2, [](std::uint64_t) {});
  const BenchRun alone = run_once(*made, made->config().algorithms[1].choice, 5, all.points, [](std::uint64_t) {});
  EXPECT_EQ(alone.values, all.runs[1][4].values);
}

TEST_F(BenchRunTest, EvaluationsAreCountedStrictly) {
  std::uint64_t told = 0;
  const auto made = benchmark(kSingle, {"evaluations=5", "pending=4"});
  const BenchRun run = run_once(*made, made->config().algorithms[0].choice, 1, {1, 5}, [&](std::uint64_t) { ++told; });
  EXPECT_EQ(told, 5U);
  EXPECT_EQ(run.evaluations, 5U);
  EXPECT_EQ(run.values.size(), 2U);
}

TEST_F(BenchRunTest, AnExhaustedSpaceEndsARun) {
  const auto made = benchmark(kSingle, {"evaluations=20"});
  const BenchRun run = run_once(*made, made->config().algorithms[0].choice, 1, {6, 13, 20}, [](std::uint64_t) {});
  EXPECT_EQ(run.evaluations, 6U);
  EXPECT_THAT(run.ended_early, ::testing::HasSubstr("exhausted"));
  EXPECT_THAT(run.values, Each(40.0));  // 21 is the best in `seen`
}

TEST_F(BenchRunTest, AGenotypeWithoutARowIsAFailureThatCosts) {
  write("table.csv", "genotype,seen,test\n00,1,10\n10,2,30\n");
  const auto made = benchmark(kSingle);
  const BenchRun run = run_once(*made, made->config().algorithms[0].choice, 1, {1, 6}, [](std::uint64_t) {});
  EXPECT_EQ(run.evaluations, 6U);
  EXPECT_EQ(run.failed, 4U);
  EXPECT_EQ(run.values.back(), 30);
}

TEST_F(BenchRunTest, ARunThatHasSeenNothingHasNoValue) {
  write("table.csv", "genotype,seen,test\n21,1,10\n");
  const auto made = benchmark(kSingle, {"evaluations=1"});
  std::size_t without = 0;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const BenchRun run = run_once(*made, made->config().algorithms[0].choice, seed, {1}, [](std::uint64_t) {});
    if (std::isnan(run.values[0])) ++without;
    EXPECT_EQ(run.failed, std::isnan(run.values[0]) ? 1U : 0U);
  }
  EXPECT_GT(without, 0U);
}

TEST_F(BenchRunTest, IsomorphicGenotypesCountOnceIfTogether) {
  // A sum of two branches: 01 and 10 are isomorphic, 11 is not in the table.
  write("sum.yaml",
        "space: sum\ninput: {channels: 4, size: [8, 8]}\nnetwork:\n  - sum:\n"
        "      - [choose: [relu, sigmoid]]\n      - [choose: [relu, sigmoid]]\n");
  write("table.csv", "genotype,seen,test\n00,1,10\n01,2,30\n10,3,20\n");
  const std::vector<std::string> sets = {"space=" + (folder_ / "sum.yaml").string()};
  EXPECT_EQ(benchmark(kSingle, sets)->things(), 3U);
  const auto made = benchmark(kSingle, {sets[0], "isomorphic=together"});
  EXPECT_EQ(made->things(), 2U);
  EXPECT_EQ(made->rows()[2].report, made->rows()[1].report);
  EXPECT_EQ(made->rows()[2].screening.key, made->rows()[1].screening.key);
  EXPECT_EQ(made->find(Genotype{{1, 1}}), nullptr);
  const BenchRun run = run_once(*made, made->config().algorithms[0].choice, 1, {6}, [](std::uint64_t) {});
  EXPECT_EQ(run.evaluations, 3U);  // 00, 01 or 10, 11
  EXPECT_EQ(run.failed, 1U);
}

TEST_F(BenchRunTest, TogetherATableMayHoldOneOfEachKind) {
  write("sum.yaml",
        "space: sum\ninput: {channels: 4, size: [8, 8]}\nnetwork:\n  - sum:\n"
        "      - [choose: [relu, sigmoid]]\n      - [choose: [relu, sigmoid]]\n");
  write("table.csv", "genotype,seen,test\n00,1,10\n01,2,30\n11,3,20\n");
  const auto made = benchmark(kSingle, {"space=" + (folder_ / "sum.yaml").string(), "isomorphic=together"});
  ASSERT_NE(made->find(Genotype{{1, 0}}), nullptr);
  EXPECT_EQ(made->find(Genotype{{1, 0}})->objectives, std::vector<double>{-2});
}

TEST(GenotypeMemo, RemembersUpToItsBound) {
  std::atomic<int> calls = 0;
  GenotypeMemo<std::int32_t> memo([&](const Genotype& genotype) {
    ++calls;
    return 2 * genotype.genes[0];
  });
  const auto ask_all = [&](std::int32_t count) {
    share_work(static_cast<std::size_t>(count), 3, [&](std::size_t i) {
      const auto gene = static_cast<std::int32_t>(i);
      EXPECT_EQ(memo.of(Genotype{{gene}}), 2 * gene);
    });
  };
  ask_all(1'000);
  EXPECT_EQ(calls, 1'000);
  ask_all(1'000);
  EXPECT_EQ(calls, 1'000);
  constexpr int kBound = GenotypeMemo<std::int32_t>::kShards * GenotypeMemo<std::int32_t>::kMostOfShard;
  ask_all(2 * kBound);
  calls = 0;
  ask_all(2 * kBound);
  EXPECT_GE(calls, kBound);
}

TEST_F(BenchRunTest, FeaturesAreThoseOfTheNetwork) {
  write("sum.yaml",
        "space: sum\ninput: {channels: 4, size: [8, 8]}\nnetwork:\n  - sum:\n"
        "      - [choose: [{conv: {kernel: 3}}, {max_pool: {kernel: 3}}]]\n"
        "      - [choose: [{conv: {kernel: 3}}, {max_pool: {kernel: 3}}]]\n");
  write("table.csv", "genotype,seen,test\n00,1,10\n01,2,30\n11,3,20\n");
  const auto made = benchmark(kSingle, {"space=" + (folder_ / "sum.yaml").string()});
  const SearchProblem problem = made->problem();
  const GraphFeatures features = problem.features(Genotype{{0, 1}});
  EXPECT_EQ(problem.features(Genotype{{1, 0}}), features) << "isomorphic";
  EXPECT_NE(problem.features(Genotype{{0, 0}}), features);
  EXPECT_NE(features, GraphFeatures{});
  EXPECT_FALSE(benchmark(kSingle)->problem().features) << "of a space of genes alone";
}

TEST(Simulation, KeepsAsManyUnderWayAsAskedFor) {
  for (const std::size_t pending : {1U, 3U, 16U}) {
    std::uint64_t asked = 0;
    std::uint64_t finished = 0;
    const auto ask = [&]() -> std::optional<AskedTrial> {
      if (asked == 40) return std::nullopt;
      AskedTrial trial;
      trial.candidate.id = static_cast<CandidateId>(asked++);
      return trial;
    };
    simulate(pending, 7, ask, [&](const AskedTrial&) {
      EXPECT_EQ(asked - finished, std::min<std::uint64_t>(pending, 40 - finished));
      ++finished;
    });
    EXPECT_EQ(finished, 40U);
  }
}

// Against a simulation that keeps every worker's clock.
TEST(Simulation, WhoeverEndsFirstIsToldFirst) {
  constexpr std::size_t kWorkers = 5;
  constexpr std::uint64_t kSeed = 3;
  constexpr std::uint64_t kAll = 60;
  std::map<double, std::uint64_t> ends;
  std::vector<double> clocks(kWorkers, 0.0);
  for (std::uint64_t id = 0; id < kAll; ++id) {
    auto& free = *std::min_element(clocks.begin(), clocks.end());
    free += simulated_duration(kSeed, static_cast<CandidateId>(id));
    ends[free] = id;
  }
  std::vector<std::uint64_t> expected, told;
  for (const auto& [time, id] : ends) expected.push_back(id);
  std::uint64_t asked = 0;
  const auto ask = [&]() -> std::optional<AskedTrial> {
    if (asked == kAll) return std::nullopt;
    AskedTrial trial;
    trial.candidate.id = static_cast<CandidateId>(asked++);
    return trial;
  };
  simulate(kWorkers, kSeed, ask, [&](const AskedTrial& trial) { told.push_back(number(trial.candidate.id)); });
  EXPECT_EQ(told, expected);
  EXPECT_FALSE(std::is_sorted(told.begin(), told.end()));
}

TEST(Simulation, DurationsAreLogNormalWithMedianOne) {
  double sum = 0;
  double squares = 0;
  constexpr std::uint64_t kCount = 20'000;
  for (std::uint64_t id = 0; id < kCount; ++id) {
    const double log = std::log(simulated_duration(11, static_cast<CandidateId>(id)));
    sum += log;
    squares += log * log;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.015);  // four standard errors
  EXPECT_NEAR(std::sqrt(squares / kCount), 0.5, 0.01);
  EXPECT_NE(simulated_duration(1, CandidateId{5}), simulated_duration(2, CandidateId{5}));
}

TEST(ShareWork, EachRoundOnceAndTheFirstFailureIsThrown) {
  for (const std::size_t threads : {1U, 4U}) {
    std::vector<std::atomic<int>> rounds(100);
    share_work(rounds.size(), threads, [&](std::size_t i) { ++rounds[i]; });
    for (const auto& count : rounds) EXPECT_EQ(count.load(), 1);
    EXPECT_THROW(share_work(10, threads,
                            [](std::size_t i) {
                              if (i == 3) throw std::runtime_error("3");
                            }),
                 std::runtime_error);
  }
  share_work(0, 4, [](std::size_t) { FAIL(); });
}

TEST(CurvePoints, AreEvenlySpreadAndHoldThoseOfTheTable) {
  BenchConfig config;
  config.evaluations = 3;
  config.at = {2, 3};
  EXPECT_THAT(curve_points(config), ElementsAre(1, 2, 3));
  config.evaluations = 1000;
  config.at = {25, 1000};
  const auto points = curve_points(config);
  EXPECT_EQ(points.size(), 101U);
  EXPECT_TRUE(std::is_sorted(points.begin(), points.end()));
  EXPECT_THAT(points, ::testing::IsSupersetOf({10U, 20U, 25U, 500U, 1000U}));
}

}  // namespace
}  // namespace nas
