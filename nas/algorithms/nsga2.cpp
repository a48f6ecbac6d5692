#include "nas/algorithms/nsga2.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nas/check.h"
#include "nas/pareto.h"

namespace nas {
namespace {

// Parallel arrays, so that the mathematics of nas/pareto.h works on them as they are.
struct Population {
  std::vector<CandidateId> ids;
  std::vector<Genotype> genotypes;
  std::vector<ParetoPoint> points;
  std::vector<std::int32_t> ranks;
  std::vector<double> crowding;

  [[nodiscard]] std::size_t size() const { return ids.size(); }
};

bool is_better(const Population& population, std::size_t a, std::size_t b) {
  if (population.ranks[a] != population.ranks[b]) return population.ranks[a] < population.ranks[b];
  if (population.crowding[a] != population.crowding[b]) return population.crowding[a] > population.crowding[b];
  return population.ids[a] < population.ids[b];
}

void add(Population& population, const Outcome& outcome) {
  population.ids.push_back(outcome.candidate.id);
  population.genotypes.push_back(outcome.candidate.genotype);
  population.points.push_back({outcome.objectives, outcome.violation});
  population.ranks.push_back(0);
  population.crowding.push_back(0);
}

void remove(Population& population, std::size_t member) {
  const auto at = static_cast<std::ptrdiff_t>(member);
  population.ids.erase(population.ids.begin() + at);
  population.genotypes.erase(population.genotypes.begin() + at);
  population.points.erase(population.points.begin() + at);
  population.ranks.erase(population.ranks.begin() + at);
  population.crowding.erase(population.crowding.begin() + at);
}

// Crowding of the members of one rank.
void measure_crowding(Population& population, std::int32_t rank) {
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < population.size(); ++i) {
    if (population.ranks[i] == rank) members.push_back(i);
  }
  const std::vector<double> distances = crowding_distances(population.points, members);
  for (std::size_t i = 0; i < members.size(); ++i) population.crowding[members[i]] = distances[i];
}

void rank(Population& population) {
  population.ranks = domination_ranks(population.points);
  const std::int32_t last = *std::max_element(population.ranks.begin(), population.ranks.end());
  for (std::int32_t front = 0; front <= last; ++front) measure_crowding(population, front);
}

std::size_t worst_member(const Population& population) {
  std::size_t worst = 0;
  for (std::size_t i = 1; i < population.size(); ++i) {
    if (is_better(population, worst, i)) worst = i;
  }
  return worst;
}

class Nsga2 final : public SearchAlgorithm {
 public:
  Nsga2(const SearchSpace& space, const Nsga2Config& config)
      : space_(space),
        capacity_(static_cast<std::size_t>(config.population)),
        crossover_(config.crossover),
        mutation_(config.mutation) {}

  Proposal propose(Rng& rng) const override {
    if (accepted_ < capacity_ || population_.size() < 2) return {space_.sample(rng), {}, "sample"};
    const std::size_t mother = tournament_winner(rng);
    const bool crosses = rng.uniform() < crossover_;
    const bool mutates = rng.uniform() < mutation_ || !crosses;
    if (!crosses) return {mutant(population_.genotypes[mother], rng), {population_.ids[mother]}, "mutation"};
    const std::size_t father = tournament_winner(rng);
    Genotype child = space_.crossover(population_.genotypes[mother], population_.genotypes[father], rng);
    if (mutates) child = mutant(child, rng);
    if (father == mother) return {std::move(child), {population_.ids[mother]}, "mutation"};
    return {std::move(child), {population_.ids[mother], population_.ids[father]}, "crossover"};
  }

  void accepted(const Candidate&) override { ++accepted_; }

  void tell(const Outcome& outcome) override {
    if (outcome.failed) return;
    add(population_, outcome);
    rank(population_);
    if (population_.size() <= capacity_) return;
    // The one that leaves is of the last rank and dominates nobody: the others keep their ranks.
    const std::size_t leaves = worst_member(population_);
    const std::int32_t rank_of_it = population_.ranks[leaves];
    remove(population_, leaves);
    measure_crowding(population_, rank_of_it);
  }

 private:
  std::size_t tournament_winner(Rng& rng) const {
    const std::size_t a = rng.index(population_.size());
    const std::size_t b = rng.index(population_.size());
    return is_better(population_, a, b) ? a : b;
  }

  Genotype mutant(const Genotype& parent, Rng& rng) const { return space_.mutate(parent, rng); }

  const SearchSpace& space_;
  const std::size_t capacity_;
  const double crossover_;
  const double mutation_;
  std::size_t accepted_ = 0;
  Population population_;
};

}  // namespace

Options Nsga2Config::options() {
  return {
      {"population", &population, "candidates kept; as many random ones come first", 2, 1e6},
      {"crossover", &crossover, "probability that a child has two parents", 0, 1},
      {"mutation", &mutation, "probability that a child of two parents is mutated too; one of one parent always is", 0,
       1},
  };
}

Result<std::unique_ptr<SearchAlgorithm>> Nsga2Config::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) {
    return Error{"nsga2 needs an objective (it compares nothing else), try 'objectives: [{maximize: val_accuracy}]'"};
  }
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<Nsga2>(problem.space, *this));
}

}  // namespace nas
