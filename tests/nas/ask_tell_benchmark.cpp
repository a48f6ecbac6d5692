// Time of one ask and one tell of each algorithm, after 10,000 and after 100,000 evaluations, on a
// large space of genes alone; and of what else happens once a candidate. Prints a table; no test.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kBatch = 250;  // ask + tell a sample, so that the clock does not count
constexpr std::size_t kSamples = 40;
constexpr std::size_t kPending = 16;  // candidates out at once

struct Quantiles {
  double median = 0;
  double low = 0;   // 10%
  double high = 0;  // 90%
};

Quantiles quantiles_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values[values.size() / 2], values[values.size() / 10], values[values.size() * 9 / 10]};
}

// Nested and plain genes, some 10^30 genotypes.
std::vector<Gene> large_genes() {
  std::vector<Gene> genes = testing::plain_genes(30, 5);
  for (std::int32_t i = 0; i < 20; ++i) {
    genes.push_back(testing::make_gene(genes.size(), 6, {{{static_cast<std::size_t>(i), {1, 3}}}}));
  }
  return genes;
}

class Driver {
 public:
  Driver(const AlgorithmRow& row, const SearchSpace& space)
      : judge_(testing::hash_judge(testing::objectives_for(row, space))),
        proposer_(testing::make_proposer(row, space, {.seed = 1, .evaluations = 1'000'000})) {
    for (AskedTrial& trial : proposer_.ask(kPending)) outcomes_.push_back(judge_(trial.candidate));
  }

  // Microseconds of one ask and one tell; the objective is not counted.
  double run(std::size_t count) {
    Clock::duration spent{};
    for (std::size_t i = 0; i < count; ++i) {
      Outcome& outcome = outcomes_[at_++ % kPending];
      const Clock::time_point begin = Clock::now();
      proposer_.tell(outcome);
      const std::vector<AskedTrial> trials = proposer_.ask(1);
      spent += Clock::now() - begin;
      outcome = judge_(trials.at(0).candidate);
    }
    return std::chrono::duration<double, std::micro>(spent).count() / static_cast<double>(count);
  }

  [[nodiscard]] std::uint64_t told() const { return proposer_.told(); }

 private:
  testing::Judge judge_;
  Proposer proposer_;
  std::vector<Outcome> outcomes_;
  std::size_t at_ = 0;
};

void print_row(std::string_view name, std::string_view at, const Quantiles& figures) {
  fmt::print("{:<34} {:>12} {:>10.2f} {:>10.2f} {:>10.2f}\n", name, at, figures.median, figures.low, figures.high);
}

void measure_algorithm(const AlgorithmRow& row, const SearchSpace& space) {
  Driver driver(row, space);
  for (const std::uint64_t evaluations : {10'000U, 100'000U}) {
    while (driver.told() + kBatch * kSamples < evaluations) static_cast<void>(driver.run(kBatch));
    std::vector<double> samples;
    for (std::size_t i = 0; i < kSamples; ++i) samples.push_back(driver.run(kBatch));
    print_row(row.name, fmt::format("{}", driver.told()), quantiles_of(samples));
  }
}

template <class Function>
void measure(std::string_view name, Function&& function) {
  std::vector<double> samples;
  for (std::size_t i = 0; i < kSamples; ++i) {
    const Clock::time_point begin = Clock::now();
    for (std::size_t j = 0; j < kBatch; ++j) function();
    const std::chrono::duration<double, std::micro> spent = Clock::now() - begin;
    samples.push_back(spent.count() / kBatch);
  }
  print_row(name, "", quantiles_of(samples));
}

void measure_parts(const SearchSpace& space) {
  Rng rng(1, 1, Stream::Test);
  const Genotype a = space.sample(rng);
  const Genotype b = space.sample(rng);
  std::size_t sink = 0;
  measure("sample", [&] { sink += space.sample(rng).genes.size(); });
  measure("mutate", [&] { sink += space.mutate(a, rng).genes.size(); });
  measure("crossover", [&] { sink += space.crossover(a, b, rng).genes.size(); });
  const Expression expression = Expression::parse("val_accuracy * (macs / 400e6) ^ -0.07").value();
  std::vector<double> values = {3e8, 0.9};
  double sum = 0;
  measure("expression over two metrics", [&] {
    values[0] += 1;
    sum += expression.evaluate(values);
  });
  if (sum == 0 && sink == 0) fmt::print("\n");  // so that nothing is optimised away
}

}  // namespace
}  // namespace nas

int main() {
  const nas::testing::GeneSpace space(nas::large_genes());
  fmt::print("{} genes, {:.1e} genotypes, {} candidates out; microseconds each\n", space.genes().size(),
             nas::count_genotypes(space.genes()).get_d(), nas::kPending);
  fmt::print("{:<34} {:>12} {:>10} {:>10} {:>10}\n", "ask + tell", "evaluations", "median", "10%", "90%");
  for (const nas::AlgorithmRow& row : nas::algorithms()) nas::measure_algorithm(row, space);
  fmt::print("\n");
  nas::measure_parts(space);
  return 0;
}
