// MOEA/D where it is meant to be used: four objectives, on genes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "nas/algorithms/simplex_weights.h"
#include "nas/gene_order.h"
#include "nas/hypervolume.h"
#include "nas/pareto.h"
#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"
#include "tests/nas/spread.h"

namespace nas {
namespace {

using testing::first_of;
using testing::GeneSpace;
using testing::plain_genes;
using testing::Spread;
using testing::spread_of;
using Points = std::vector<std::vector<double>>;

TEST(SimplexWeights, BeginWithTheCornersAndSumToOne) {
  const Points weights = simplex_weights(4, 60);
  ASSERT_EQ(weights.size(), 60U);
  EXPECT_EQ(weights[2], (std::vector<double>{0, 0, 1, 0}));
  for (const std::vector<double>& weight : weights) {
    EXPECT_NEAR(std::accumulate(weight.begin(), weight.end(), 0.0), 1, 1e-12);
    EXPECT_GE(*std::min_element(weight.begin(), weight.end()), 0);
  }
  EXPECT_EQ(simplex_weights(4, 60), weights);
}

TEST(SimplexWeights, AreEquallySpacedForTwoObjectives) {
  EXPECT_EQ(simplex_weights(2, 5), (Points{{0, 1}, {0.25, 0.75}, {0.5, 0.5}, {0.75, 0.25}, {1, 0}}));
  EXPECT_EQ(simplex_weights(2, 1), (Points{{0.5, 0.5}}));
  EXPECT_EQ(simplex_weights(1, 3), (Points{{1}, {1}, {1}}));
}

// The lattice of side 1/4 has 15 points in the plane of three weights, sqrt(2)/4 apart; no 15
// points can be much farther apart than these.
TEST(SimplexWeights, AreFarFromEachOther) {
  const Points weights = simplex_weights(3, 15);
  double nearest = 2;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      nearest = std::min(nearest, std::hypot(weights[i][0] - weights[j][0], weights[i][1] - weights[j][1],
                                             weights[i][2] - weights[j][2]));
    }
  }
  EXPECT_GT(nearest, 0.7 * std::numbers::sqrt2 / 4);
}

constexpr std::size_t kObjectives = 4;
constexpr std::size_t kPositions = kObjectives - 1;
constexpr std::int32_t kOptions = 5;

double coordinate(std::int32_t option) { return static_cast<double>(option) / (kOptions - 1); }

// DTLZ2 (Deb, Thiele, Laumanns and Zitzler 2002) on genes: the first three say where on the sphere,
// the others how far outside, 0 where each has its own best option.
std::vector<double> sphere(const Genotype& genotype) {
  double outside = 0;
  for (std::size_t gene = kPositions; gene < genotype.genes.size(); ++gene) {
    const double from_best = coordinate(genotype.genes[gene]) - coordinate(static_cast<std::int32_t>(1 + gene % 2));
    outside += from_best * from_best;
  }
  std::vector<double> objectives(kObjectives, 1 + outside);
  for (std::size_t k = 0; k < kObjectives; ++k) {
    for (std::size_t gene = 0; gene + k < kPositions; ++gene) {
      objectives[k] *= std::cos(coordinate(genotype.genes[gene]) * std::numbers::pi / 2);
    }
    if (k > 0) objectives[k] *= std::sin(coordinate(genotype.genes[kPositions - k]) * std::numbers::pi / 2);
  }
  return objectives;
}

Points front_of_sphere(std::size_t genes) {
  Points front;
  for (std::int32_t i = 0; i < kOptions * kOptions * kOptions; ++i) {
    Genotype genotype{{i % kOptions, i / kOptions % kOptions, i / kOptions / kOptions}};
    for (std::size_t gene = kPositions; gene < genes; ++gene) {
      genotype.genes.push_back(static_cast<std::int32_t>(1 + gene % 2));
    }
    front.push_back(sphere(genotype));
  }
  return front;
}

// Values that differ by rounding alone are one.
Points rounded(Points points) {
  for (auto& point : points) {
    for (double& value : point) value = std::round(value * 1e9) / 1e9 + 0.0;
  }
  std::sort(points.begin(), points.end());
  points.erase(std::unique(points.begin(), points.end()), points.end());
  return points;
}

TEST(Sphere, ItsFrontIsTheOneByBruteForce) {
  const std::vector<Gene> genes = plain_genes(6, kOptions);
  const std::vector<std::size_t> order = gene_order(genes);
  Points all;
  std::optional<Genotype> genotype = Genotype{std::vector<std::int32_t>(genes.size(), 0)};
  for (; genotype; genotype = next_genotype(genes, order, *genotype)) all.push_back(sphere(*genotype));
  ASSERT_EQ(all.size(), 15'625U);
  std::vector<ParetoPoint> points;
  for (const std::vector<double>& point : rounded(all)) points.push_back({point, 0});
  Points front;
  for (const std::size_t i : pareto_front(points)) front.push_back(points[i].objectives);
  EXPECT_EQ(rounded(front), rounded(front_of_sphere(genes.size())));
}

constexpr std::size_t kGenes = 11;
constexpr std::uint64_t kEvaluations = 400;

// Of the true front's hypervolume.
std::vector<double> shares(const std::string& algorithm, std::size_t pending) {
  const GeneSpace space(plain_genes(kGenes, kOptions));
  const std::vector<double> ideal(kObjectives, 0);
  const std::vector<double> reference(kObjectives, 1.1);
  const double whole = normalised_hypervolume(front_of_sphere(kGenes), ideal, reference);
  std::vector<double> found;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Proposer proposer(space, testing::make_algorithm(*find_algorithm(algorithm), space, kObjectives),
                      testing::accept_genotype, {.seed = seed, .evaluations = kEvaluations});
    Points seen;
    const auto judge = [&](const Candidate& candidate) {
      seen.push_back(sphere(candidate.genotype));
      return Outcome{candidate, false, seen.back(), 0};
    };
    static_cast<void>(testing::drive(proposer, judge, pending, first_of));
    found.push_back(normalised_hypervolume(seen, ideal, reference) / whole);
  }
  return found;
}

void expect_clearly_more(const Spread& more, const Spread& less) {
  EXPECT_GT(more.mean - less.mean, 3 * std::hypot(more.error, less.error))
      << more.mean << " +- " << more.error << " and " << less.mean << " +- " << less.error;
}

TEST(Moead, BeatsNsga2AndRandomOnFourObjectives) {
  const Spread moead = spread_of(shares("moead", 1));
  const Spread nsga2 = spread_of(shares("nsga2", 1));
  expect_clearly_more(moead, nsga2);
  expect_clearly_more(nsga2, spread_of(shares("random", 1)));
  EXPECT_GT(moead.mean, 0.8);
}

TEST(Moead, BeatsNsga2WithManyPending) {
  expect_clearly_more(spread_of(shares("moead", 16)), spread_of(shares("nsga2", 16)));
}

// One in 5^4 samples meets the limit.
TEST(Moead, FindsWhatMeetsALimit) {
  const GeneSpace space(plain_genes(kGenes, kOptions));
  Proposer proposer(space, testing::make_algorithm(*find_algorithm("moead"), space, kObjectives),
                    testing::accept_genotype, {.seed = 1, .evaluations = 300});
  std::uint64_t feasible = 0;
  const auto judge = [&](const Candidate& candidate) {
    Outcome outcome{candidate, false, sphere(candidate.genotype), 0};
    for (std::size_t gene = 7; gene < kGenes; ++gene) outcome.violation += candidate.genotype.genes[gene];
    if (outcome.violation <= 0) ++feasible;
    return outcome;
  };
  static_cast<void>(testing::drive(proposer, judge, 4, first_of));
  EXPECT_GT(feasible, 50U);
}

TEST(Moead, NeedsAnObjective) {
  const GeneSpace space(plain_genes(3, 3));
  const auto made = find_algorithm("moead")->make_config()->make(testing::problem_of(space, 0));
  ASSERT_FALSE(made.ok());
  EXPECT_THAT(made.error().message, ::testing::HasSubstr("moead needs an objective"));
}

}  // namespace
}  // namespace nas
