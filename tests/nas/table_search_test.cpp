// The algorithms on a real benchmark, NAS-Bench-201 (Dong and Yang 2020): better than random
// search at an equal budget, over 20 seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>

#include "nas/hypervolume.h"
#include "nas/search.h"
#include "nas/table_evaluator.h"
#include "nas/testing/gene_space.h"
#include "tests/nas/spread.h"

namespace nas {
namespace {

using testing::Spread;
using testing::spread_of;

constexpr std::uint64_t kSeeds = 20;

class MemoryLog final : public TrialLog {
 public:
  void asked(std::span<const AskedTrial>) override {}
  void finished(std::span<const FinishedTrial> trials) override {
    for (const FinishedTrial& trial : trials) values.push_back(trial.values);
  }
  std::vector<std::vector<double>> values;
};

class NasBench201 : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const char* folder = std::getenv("NAS_DATA_DIR");
    ASSERT_NE(folder, nullptr);
    const TableOptions options{.file = std::string(folder) + "/nasbench/nb201.csv.gz", .genotype_column = "ops"};
    auto loaded = Table::load(options, space().genes());
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    table() = std::make_shared<const Table>(*std::move(loaded));
  }
  static void TearDownTestSuite() { table().reset(); }

  static const SearchSpace& space() {
    static const testing::GeneSpace kSpace(testing::plain_genes(6, 5));
    return kSpace;
  }
  static std::shared_ptr<const Table>& table() {
    static std::shared_ptr<const Table> loaded;
    return loaded;
  }

  // Minimised objectives of all evaluations of one search.
  static std::vector<std::vector<double>> search(const std::string& algorithm, const std::vector<Objective>& objectives,
                                                 std::uint64_t evaluations, std::uint64_t seed) {
    const Screen by_row = [](const Genotype& genotype) {
      return Screening{Screening::Verdict::Accepted, std::to_string(table()->find_row(genotype).value()), {}};
    };
    auto made = find_algorithm(algorithm)->make_config()->make({space(), objectives, by_row, evaluations});
    Proposer proposer(space(), std::move(made).value(), by_row, {.seed = seed, .evaluations = evaluations});
    TableEvaluator evaluator(table(), 1);
    MemoryLog log;
    SearchSetup setup;
    setup.objectives = objectives;
    run_search(proposer, evaluator, log, setup);
    EXPECT_EQ(log.values.size(), evaluations);
    for (auto& values : log.values) values = minimised(objectives, values);
    return log.values;
  }
};

Objective objective(Direction direction, const std::string& text) {
  return {direction, Expression::parse(text).value()};
}

// By more than three standard errors of the difference.
void expect_clearly_better(const std::string& name, const Spread& better, const Spread& worse) {
  ::testing::Test::RecordProperty(name, std::to_string(better.mean));
  ::testing::Test::RecordProperty("random", std::to_string(worse.mean));
  EXPECT_GT(better.mean - worse.mean, 3 * std::hypot(better.error, worse.error))
      << name << " " << better.mean << " +- " << better.error << ", random " << worse.mean << " +- " << worse.error;
}

TEST_F(NasBench201, TheTableIsComplete) {
  EXPECT_EQ(table()->rows(), 15625U);
  const auto row = table()->find_row({{4, 2, 1, 2, 1, 1}});
  ASSERT_TRUE(row);
  EXPECT_EQ(table()->row(*row).at("params_c10"), 129306);
}

TEST_F(NasBench201, AgingEvolutionAndLocalSearchBeatRandom) {
  const std::vector<Objective> accuracy = {objective(Direction::Maximise, "c10v_val12")};
  const auto best_seen = [&](const std::string& algorithm) {
    std::vector<double> best;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const auto values = search(algorithm, accuracy, 150, seed);
      best.push_back(-std::min_element(values.begin(), values.end())->front());
    }
    return spread_of(best);
  };
  const Spread random = best_seen("random");
  expect_clearly_better("aging_evolution", best_seen("aging_evolution"), random);
  expect_clearly_better("local_search", best_seen("local_search"), random);
}

TEST_F(NasBench201, AModelNeedsFewEvaluations) {
  const std::vector<Objective> accuracy = {objective(Direction::Maximise, "c10v_val12")};
  const auto best_seen = [&](const std::string& algorithm) {
    std::vector<double> best;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      const auto values = search(algorithm, accuracy, 60, seed);
      best.push_back(-std::min_element(values.begin(), values.end())->front());
    }
    return spread_of(best);
  };
  expect_clearly_better("surrogate", best_seen("surrogate"), best_seen("aging_evolution"));
}

TEST_F(NasBench201, Nsga2AndLocalSearchBeatRandom) {
  const std::vector<Objective> objectives = {objective(Direction::Maximise, "c10v_val12"),
                                             objective(Direction::Minimise, "mflops_c10")};
  std::vector<std::vector<double>> all;
  for (std::size_t row = 0; row < table()->rows(); ++row) {
    all.push_back(minimised(objectives, *objective_values(objectives, table()->row(row))));
  }
  const std::vector<double> ideal = ideal_point(all);
  const std::vector<double> reference = reference_point(all);
  const double whole = normalised_hypervolume(all, ideal, reference);
  const auto shares = [&](const std::string& algorithm) {
    std::vector<double> found;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
      found.push_back(normalised_hypervolume(search(algorithm, objectives, 200, seed), ideal, reference) / whole);
    }
    return spread_of(found);
  };
  const Spread random = shares("random");
  expect_clearly_better("nsga2", shares("nsga2"), random);
  expect_clearly_better("local_search", shares("local_search"), random);
}

}  // namespace
}  // namespace nas
