// How algorithms fare on a large space of genes with a hidden structure: 40 genes of 4 options, an
// NK landscape (Kauffman and Weinberger 1989) to maximise and, as a second objective, a cost that
// adds up over the genes to minimise; neither is known before an evaluation. Each seed is another
// landscape, the same for all algorithms. Prints a table; no test.
//   synthetic_study [OBJECTIVES [EVALUATIONS [SEEDS [ALGORITHM...]]]]    default: 1 1000 20, all but auto
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <set>

#include "nas/hypervolume.h"
#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

constexpr std::size_t kGenes = 40;
constexpr std::size_t kOptions = 4;
constexpr std::size_t kNeighbours = 2;  // genes that the worth of each gene's option depends on
constexpr std::size_t kPending = 1;

// Values are standard deviations from the mean of random genotypes, minimised.
class Landscape {
 public:
  explicit Landscape(std::uint64_t seed) : seed_(seed) {
    Rng rng(seed, 0, Stream::Test);
    for (auto& neighbours : neighbours_) {
      for (std::size_t& neighbour : neighbours) neighbour = rng.index(kGenes);
    }
  }

  [[nodiscard]] std::vector<double> operator()(const Genotype& genotype, std::size_t objectives) const {
    double worth = 0;
    double cost = 0;
    for (std::size_t i = 0; i < kGenes; ++i) {
      std::uint64_t key = code(genotype, i);
      for (const std::size_t neighbour : neighbours_[i]) key = key * kOptions + code(genotype, neighbour);
      worth += uniform(1 + i, key);
      cost += uniform(1 + kGenes + i, code(genotype, i));
    }
    std::vector<double> values = {-standardised(worth)};
    if (objectives > 1) values.push_back(standardised(cost));
    return values;
  }

 private:
  static std::uint64_t code(const Genotype& genotype, std::size_t gene) {
    return static_cast<std::uint64_t>(genotype.genes[gene]);
  }
  [[nodiscard]] double uniform(std::size_t table, std::uint64_t key) const {
    return Rng(seed_ * 1000 + table, key, Stream::Test).uniform();
  }
  // Of a sum of kGenes uniform numbers.
  static double standardised(double sum) { return (sum - kGenes / 2.0) / std::sqrt(kGenes / 12.0); }

  std::uint64_t seed_;
  std::array<std::array<std::size_t, kNeighbours>, kGenes> neighbours_{};
};

// What is reported of a run: the best value, or the hypervolume over random genotypes' mean.
class Score {
 public:
  explicit Score(std::size_t objectives) : objectives_(objectives) {}

  void add(const std::vector<double>& values) {
    if (objectives_ == 1) {
      best_ = std::max(best_, -values[0]);
    } else if (values[0] < 0 && values[1] < 0) {
      points_.push_back(values);
    }
  }
  [[nodiscard]] double value() {
    if (objectives_ == 1) return best_;
    return hypervolume(points_, std::vector<double>{0, 0});
  }

 private:
  std::size_t objectives_;
  double best_ = 0;
  std::vector<std::vector<double>> points_;
};

std::vector<std::uint64_t> checkpoints(std::uint64_t evaluations) {
  std::vector<std::uint64_t> at;
  for (std::uint64_t n = 100; n <= evaluations; n *= 10) {
    at.push_back(n);
    if (n * 3 <= evaluations) at.push_back(n * 3);
  }
  return at;
}

std::vector<double> run(const AlgorithmRow& row, const SearchSpace& space, std::size_t objectives,
                        std::uint64_t evaluations, std::uint64_t seed) {
  const Landscape landscape(seed);
  SearchProblem problem = testing::problem_of(space, objectives);
  problem.evaluations = evaluations;
  Proposer proposer(space, std::move(row.make_config()->make(problem)).value(), testing::accept_genotype,
                    {.seed = seed, .evaluations = evaluations});
  Score score(objectives);
  std::vector<double> scores;
  const std::vector<std::uint64_t> at = checkpoints(evaluations);
  const auto judge = [&](const Candidate& candidate) {
    Outcome outcome{candidate, false, landscape(candidate.genotype, objectives), 0};
    score.add(outcome.objectives);
    return outcome;
  };
  while (!proposer.finished()) {
    for (const AskedTrial& trial : proposer.ask(kPending)) proposer.tell(judge(trial.candidate));
    if (scores.size() < at.size() && proposer.told() == at[scores.size()]) scores.push_back(score.value());
  }
  return scores;
}

void print_algorithm(const AlgorithmRow& row, const SearchSpace& space, std::size_t objectives,
                     std::uint64_t evaluations, std::uint64_t seeds) {
  const std::clock_t begin = std::clock();
  std::vector<std::vector<double>> runs;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) runs.push_back(run(row, space, objectives, evaluations, seed));
  fmt::print("{:<18}", row.name);
  for (std::size_t i = 0; i < runs[0].size(); ++i) {
    double sum = 0;
    double squares = 0;
    for (const auto& scores : runs) {
      sum += scores[i];
      squares += scores[i] * scores[i];
    }
    const auto n = static_cast<double>(seeds);
    const double variance = std::max(0.0, squares / n - (sum / n) * (sum / n));
    fmt::print(" {:>8.3f} ±{:>6.3f}", sum / n, std::sqrt(variance / std::max(1.0, n - 1)));
  }
  const double cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  fmt::print(" {:>9.1f}\n", cpu_seconds / static_cast<double>(seeds));
  std::fflush(stdout);
}

int study(std::size_t objectives, std::uint64_t evaluations, std::uint64_t seeds, const std::set<std::string>& names) {
  if (objectives < 1 || objectives > 2 || evaluations < 100 || seeds < 1) {
    fmt::print(stderr, "expected 1 or 2 objectives, 100 evaluations or more, 1 seed or more\n");
    return 2;
  }
  const testing::GeneSpace space(testing::plain_genes(kGenes, kOptions));
  fmt::print("{} objectives, {} seeds\n{:<18}", objectives, seeds, "evaluations");
  for (const std::uint64_t at : checkpoints(evaluations)) fmt::print(" {:>16}", at);
  fmt::print(" {:>9}\n", "CPU s");
  for (const AlgorithmRow& row : algorithms()) {
    if (names.empty() ? row.name == "auto" : !names.contains(row.name)) continue;
    if (!row.make_config()->make(testing::problem_of(space, objectives)).ok()) continue;
    print_algorithm(row, space, objectives, evaluations, seeds);
  }
  return 0;
}

}  // namespace
}  // namespace nas

int main(int count, char** arguments) {
  const auto value = [&](int index, std::uint64_t otherwise) {
    return count > index ? std::strtoull(arguments[index], nullptr, 10) : otherwise;
  };
  const std::set<std::string> names(arguments + std::min(count, 4), arguments + count);
  return nas::study(value(1, 1), value(2, 1000), value(3, 20), names);
}
