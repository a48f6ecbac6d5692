#include "experiments/bench/bench_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "experiments/bench/bench_progress.h"
#include "experiments/bench/bench_reference.h"
#include "experiments/bench/read_bench.h"

namespace nas {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointwise;

const double kNone = std::nan("");

BenchConfig two_algorithms() {
  BenchConfig config;
  config.benchmark = "A & B <1>";
  config.objectives = {{Direction::Maximise, "seen"}};
  config.report = {{Direction::Maximise, "test"}};
  config.algorithms = {{.label = "random", .choice = {"random", {}}}, {.label = "nsga2", .choice = {"nsga2", {}}}};
  config.evaluations = 4;
  config.at = {2, 4};
  config.seeds = 3;
  return config;
}

BenchResults three_runs() {
  BenchResults results;
  results.points = {1, 2, 4};
  results.runs = {{{{kNone, 1, 4}, 4, 0, 8e-6, ""}, {{kNone, 2, 4}, 4, 0, 8e-6, ""}, {{3, 3, 4}, 4, 0, 8e-6, ""}},
                  {{{1, 1, 5}, 4, 0, 8e-4, ""}, {{1, 2, 6}, 4, 0, 8e-4, ""}, {{1, 3, 7}, 4, 0, 8e-4, ""}}};
  return results;
}

std::string table_text(const BenchConfig& config, Emphasis emphasis) {
  std::ostringstream out;
  const BenchResults results = three_runs();
  print_bench_table(config, results, summarise(config, results), emphasis, out);
  return out.str();
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(Summary, MeanAndStandardErrorByHand) {
  const MeanValue three = mean_of({1, 2, 3});
  EXPECT_EQ(three.mean, 2);
  EXPECT_DOUBLE_EQ(three.standard_error, 1 / std::sqrt(3.0));
  EXPECT_EQ(three.runs, 3U);
  EXPECT_EQ(mean_of({kNone, 5}), (MeanValue{5, 0, 1}));
  EXPECT_EQ(mean_of({kNone}).runs, 0U);
  EXPECT_TRUE(std::isnan(mean_of({}).mean));
  const auto summaries = summarise(two_algorithms(), three_runs());
  EXPECT_NEAR(summaries[0].microseconds, 2, 1e-9);
  EXPECT_NEAR(summaries[1].microseconds, 200, 1e-9);
  EXPECT_EQ(summaries[0].curve[0], (MeanValue{3, 0, 1}));
}

// Means of 2 after two evaluations (a tie), 4 and 6 after four; errors 1/sqrt(3).
TEST(BenchTable, IsAlignedAndPlainByDefault) {
  EXPECT_EQ(table_text(two_algorithms(), Emphasis::Plain),
            "algorithm  2 evaluations  4 evaluations  us ask+tell\n"
            "random       2.00 ± 0.58    4.00 ± 0.00            2\n"
            "nsga2        2.00 ± 0.58    6.00 ± 0.58          200\n");
}

TEST(BenchTable, TheBestIsBoldAndSoAreItsEquals) {
  EXPECT_EQ(table_text(two_algorithms(), Emphasis::Bold),
            "algorithm  2 evaluations  4 evaluations  us ask+tell\n"
            "random       \x1b[1m2.00 ± 0.58\x1b[0m    4.00 ± 0.00            2\n"
            "nsga2        \x1b[1m2.00 ± 0.58\x1b[0m    \x1b[1m6.00 ± 0.58\x1b[0m          200\n");
  BenchConfig config = two_algorithms();
  config.report[0].direction = Direction::Minimise;
  EXPECT_THAT(table_text(config, Emphasis::Bold), HasSubstr("\x1b[1m4.00 ± 0.00\x1b[0m"));
}

TEST(BenchTable, WhatHasNoValueIsADash) {
  BenchConfig config = two_algorithms();
  config.at = {1, 4};
  BenchResults results = three_runs();
  results.runs[0][2].values[0] = kNone;
  std::ostringstream out;
  print_bench_table(config, results, summarise(config, results), Emphasis::Plain, out);
  EXPECT_THAT(out.str(), HasSubstr("\nrandom                     -    4.00 ± 0.00"));
}

TEST(BenchCsv, ALineARunAndPoint) {
  EXPECT_EQ(results_csv(two_algorithms(), three_runs()),
            "algorithm,seed,evaluations,value\n"
            "random,1,1,\nrandom,1,2,1\nrandom,1,4,4\nrandom,2,1,\nrandom,2,2,2\nrandom,2,4,4\n"
            "random,3,1,3\nrandom,3,2,3\nrandom,3,4,4\nnsga2,1,1,1\nnsga2,1,2,1\nnsga2,1,4,5\n"
            "nsga2,2,1,1\nnsga2,2,2,2\nnsga2,2,4,6\nnsga2,3,1,1\nnsga2,3,2,3\nnsga2,3,4,7\n");
  const BenchResults results = three_runs();
  const std::string summary = summary_csv(results, summarise(two_algorithms(), results));
  EXPECT_THAT(summary, HasSubstr("algorithm,evaluations,runs,mean,standard_error\nrandom,1,1,3,0\nrandom,2,3,2,0.577"));
}

TEST(AxisTicks, AreRoundAndWithin) {
  const auto near = [](std::vector<double> expected) { return Pointwise(DoubleNear(1e-9), expected); };
  EXPECT_THAT(axis_ticks(0, 200, 6), near({0, 50, 100, 150, 200}));
  EXPECT_THAT(axis_ticks(0.87, 0.993, 6), near({0.88, 0.90, 0.92, 0.94, 0.96, 0.98}));
  EXPECT_THAT(axis_ticks(-1, 1, 4), near({-1, -0.5, 0, 0.5, 1}));
  EXPECT_THAT(axis_ticks(93.01, 94.4, 6), near({93.2, 93.4, 93.6, 93.8, 94.0, 94.2, 94.4}));
}

TEST(BenchChart, OneLineAndOneBandAnAlgorithm) {
  const BenchConfig config = two_algorithms();
  const BenchResults results = three_runs();
  const Chart chart = bench_chart(config, results, summarise(config, results));
  EXPECT_TRUE(chart.lines[0].is_yardstick);
  EXPECT_FALSE(chart.lines[1].is_yardstick);
  const std::string svg = to_svg(chart);
  EXPECT_EQ(count(svg, "<polyline"), 2U);
  EXPECT_EQ(count(svg, "<polygon"), 2U);
  EXPECT_THAT(svg, HasSubstr("A &amp; B &lt;1&gt;"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_LT(svg.find(">nsga2</text>"), svg.find(">random</text>")) << "the best is on top of the legend";
}

TEST(BenchChart, LinesOfOneColourHaveDifferentDashes) {
  Chart chart;
  chart.x = {1, 2};
  chart.lines = {{"a", {1, 2}, {0, 0}, 1}, {"b", {2, 3}, {0, 0}, 2}, {"c", {3, 4}, {0, 0}, 1}};
  const std::string svg = to_svg(chart);
  std::set<std::string> looks;
  for (std::size_t at = svg.find("<polyline"); at != std::string::npos; at = svg.find("<polyline", at + 1)) {
    const std::size_t begin = svg.find("stroke=", at);
    looks.insert(svg.substr(begin, svg.find('>', begin) - begin));
  }
  EXPECT_EQ(looks.size(), 3U);
}

TEST(BenchChart, StandsWithoutAnyValue) {
  Chart chart;
  chart.x = {1, 2};
  chart.lines = {{"none", {kNone, kNone}, {0, 0}}, {"flat", {3, 3}, {0, 0}}};
  const std::string svg = to_svg(chart);
  EXPECT_EQ(count(svg, "<polyline"), 2U);
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
}

TEST(BenchProgress, ABarWithTheTimeLeft) {
  EXPECT_EQ(progress_bar(30'000, 120'000, 10),
            "[#######.......................] 25%, 30,000 of 120,000 evaluations, 0:00:30 left");
  EXPECT_EQ(progress_bar(0, 10, 0), "[..............................] 0%, 0 of 10 evaluations");
}

TEST(BenchReference, PageIsUpToDateAndHasEveryKey) {
  const std::string path = std::string(NAS_DOCS_DIR) + "/benchmarks.md";
  const char* write = std::getenv("NAS_WRITE_DOCS");
  if (write != nullptr && std::string(write) == "1") std::ofstream(path) << bench_markdown();
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), bench_markdown()) << "run this test with NAS_WRITE_DOCS=1 and review the difference";
  for (const std::string& key : bench_keys()) {
    EXPECT_THAT(bench_markdown(), HasSubstr("`" + key + "`")) << key;
    EXPECT_THAT(bench_help(), HasSubstr(key));
  }
}

}  // namespace
}  // namespace nas
