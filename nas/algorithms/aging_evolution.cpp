#include "nas/algorithms/aging_evolution.h"

#include <fmt/format.h>

#include <deque>
#include <utility>

#include "nas/algorithms/neighbourhood.h"

namespace nas {
namespace {

struct Member {
  CandidateId id{};
  Genotype genotype;
  double objective = 0;
  double violation = 0;
};

bool is_better(const Member& a, const Member& b) {
  if (a.violation != b.violation) return a.violation < b.violation;
  if (a.objective != b.objective) return a.objective < b.objective;
  return a.id < b.id;
}

class AgingEvolution final : public SearchAlgorithm {
 public:
  AgingEvolution(const SearchSpace& space, const AgingEvolutionConfig& config)
      : space_(space),
        neighbourhood_(space.genes()),
        capacity_(static_cast<std::size_t>(config.population)),
        handful_(static_cast<std::size_t>(config.sample)) {}

  Proposal propose(Rng& rng) const override {
    if (accepted_ < capacity_ || population_.empty()) return {space_.sample(rng), {}, "sample"};
    const Member* best = &population_[rng.index(population_.size())];
    for (std::size_t i = 1; i < handful_; ++i) {
      const Member& other = population_[rng.index(population_.size())];
      if (is_better(other, *best)) best = &other;
    }
    return {neighbourhood_.kicked(best->genotype, 1, rng), {best->id}, "mutation"};
  }

  void accepted(const Candidate&) override { ++accepted_; }

  void tell(const Outcome& outcome) override {
    if (outcome.failed) return;
    const Candidate& candidate = outcome.candidate;
    population_.push_back({candidate.id, candidate.genotype, outcome.objectives.front(), outcome.violation});
    if (population_.size() > capacity_) population_.pop_front();
  }

 private:
  const SearchSpace& space_;
  const Neighbourhood neighbourhood_;
  const std::size_t capacity_;
  const std::size_t handful_;
  std::size_t accepted_ = 0;
  std::deque<Member> population_;  // oldest first
};

}  // namespace

Options AgingEvolutionConfig::options() {
  return {
      {"population", &population, "candidates alive at once; as many random ones come first", 1, 1e6},
      {"sample", &sample, "members drawn for each tournament, whose best is mutated", 1, 1e6},
  };
}

Result<std::unique_ptr<SearchAlgorithm>> AgingEvolutionConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.size() != 1) {
    return Error{
        fmt::format("aging_evolution takes one objective, not {} (it keeps no front), try 'nsga2', or one "
                    "expression such as 'val_accuracy * (macs / 400e6) ^ -0.07'",
                    problem.objectives.size())};
  }
  if (sample > population) {
    return Error{
        fmt::format("sample={} is more than population={} (a tournament is drawn from the population), "
                    "try sample: {}",
                    sample, population, std::max<std::int64_t>(1, population / 3))};
  }
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<AgingEvolution>(problem.space, *this));
}

}  // namespace nas
