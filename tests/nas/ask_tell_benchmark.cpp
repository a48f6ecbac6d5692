// Time of one ask and one tell of each algorithm after 10^3, 10^4, ... evaluations, with one, two
// and four objectives, and the most memory until then, on a large space of genes alone; and the time
// of what else happens once a candidate. Prints a table; no test.
//   ask_tell_benchmark [EVALUATIONS [ALGORITHM...]]    default: 100000, all algorithms
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>

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

// Samples of the space while `forward`, so that a slow algorithm gets to many results in time.
class Forwarded final : public SearchAlgorithm {
 public:
  Forwarded(std::unique_ptr<SearchAlgorithm> algorithm, const SearchSpace& space, const bool& forward)
      : algorithm_(std::move(algorithm)), space_(space), forward_(forward) {}

  Proposal propose(Rng& rng) const override {
    return forward_ ? Proposal{space_.sample(rng), {}, "sample"} : algorithm_->propose(rng);
  }
  void accepted(const Candidate& candidate) override { algorithm_->accepted(candidate); }
  void tell(const Outcome& outcome) override { algorithm_->tell(outcome); }

 private:
  std::unique_ptr<SearchAlgorithm> algorithm_;
  const SearchSpace& space_;
  const bool& forward_;
};

class Driver {
 public:
  Driver(const AlgorithmRow& row, const SearchSpace& space, std::size_t objectives)
      : judge_(testing::hash_judge(objectives)),
        proposer_(space, std::make_unique<Forwarded>(testing::make_algorithm(row, space, objectives), space, forward_),
                  testing::accept_genotype, {.seed = 1, .evaluations = 10'000'000, .budget = testing::kBudget}) {
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

  void run_forward_to(std::uint64_t told) {
    forward_ = true;
    while (proposer_.told() < told) static_cast<void>(run(1));
    forward_ = false;
  }

  [[nodiscard]] std::uint64_t told() const { return proposer_.told(); }

 private:
  testing::Judge judge_;
  bool forward_ = false;
  Proposer proposer_;
  std::vector<Outcome> outcomes_;
  std::size_t at_ = 0;
};

void print_row(std::string_view name, std::string_view at, const Quantiles& figures, std::string_view memory = {}) {
  fmt::print("{:<44} {:>12} {:>10.2f} {:>10.2f} {:>10.2f} {}\n", name, at, figures.median, figures.low, figures.high,
             memory);
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure_algorithm(const AlgorithmRow& row, const SearchSpace& space, std::size_t objectives, std::uint64_t up_to) {
  constexpr double kSlow = 500;  // microseconds; slower ones are forwarded and measured less
  Driver driver(row, space, objectives);
  double median = driver.run(100);
  for (std::uint64_t evaluations = 1000; evaluations <= up_to; evaluations *= 10) {
    const bool is_slow = median > kSlow;
    const std::size_t batch = is_slow ? 5 : std::min<std::size_t>(kBatch, evaluations / 100);
    const std::uint64_t begin = evaluations - std::min<std::uint64_t>(batch * kSamples, evaluations / 2);
    if (is_slow) driver.run_forward_to(begin);
    while (driver.told() < begin) static_cast<void>(driver.run(1));
    std::vector<double> samples;
    for (std::size_t i = 0; i < kSamples; ++i) samples.push_back(driver.run(batch));
    const Quantiles figures = quantiles_of(samples);
    median = figures.median;
    const std::string memory = fmt::format("{:>8.0f} MB", peak_megabytes());
    print_row(fmt::format("{}, objectives: {}{}", row.name, objectives, is_slow ? ", forwarded" : ""),
              fmt::format("{}", evaluations), figures, memory);
  }
}

// In a process of its own, so that the memory is its own too.
void measure_apart(const AlgorithmRow& row, const SearchSpace& space, std::size_t objectives, std::uint64_t up_to) {
  std::fflush(stdout);
  const pid_t child = fork();
  NAS_CHECK(child >= 0, "fork failed");
  if (child == 0) {
    measure_algorithm(row, space, objectives, up_to);
    std::fflush(stdout);
    _exit(0);
  }
  int status = 0;
  NAS_CHECK(waitpid(child, &status, 0) == child && status == 0, "the measuring process failed");
}

void measure_all(const SearchSpace& space, std::uint64_t up_to, const std::set<std::string>& names) {
  for (const AlgorithmRow& row : algorithms()) {
    if (!names.empty() && !names.contains(row.name)) continue;
    for (const std::size_t objectives : {1U, 2U, 4U}) {
      if (!row.make_config()->make(testing::problem_of(space, objectives)).ok()) continue;
      measure_apart(row, space, objectives, up_to);
    }
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

int main(int count, char** arguments) {
  const std::uint64_t up_to = count > 1 ? std::strtoull(arguments[1], nullptr, 10) : 100'000;
  const std::set<std::string> names(arguments + std::min(count, 2), arguments + count);
  const nas::testing::GeneSpace space(nas::large_genes());
  fmt::print("{} genes, {:.1e} genotypes, {} candidates out; microseconds each\n", space.genes().size(),
             nas::count_genotypes(space.genes()).get_d(), nas::kPending);
  fmt::print("{:<44} {:>12} {:>10} {:>10} {:>10} {:>11}\n", "ask + tell", "evaluations", "median", "10%", "90%",
             "most memory");
  nas::measure_all(space, up_to, names);
  fmt::print("\n");
  nas::measure_parts(space);
  return 0;
}
