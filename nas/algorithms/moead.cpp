#include "nas/algorithms/moead.h"

#include <algorithm>
#include <memory>
#include <numeric>
#include <utility>

#include "nas/algorithms/simplex_weights.h"
#include "nas/pareto.h"

namespace nas {
namespace {

struct Member {
  CandidateId id{};
  Genotype genotype;
  ParetoPoint point;
};

using Shared = std::shared_ptr<const Member>;

double squared_distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) sum += (a[k] - b[k]) * (a[k] - b[k]);
  return sum;
}

// For each direction the `count` nearest, itself among them.
std::vector<std::vector<std::size_t>> nearest_of_each(const std::vector<std::vector<double>>& directions,
                                                      std::size_t count) {
  std::vector<std::vector<std::size_t>> nearest;
  for (const std::vector<double>& direction : directions) {
    std::vector<std::size_t> order(directions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::vector<double> distances;
    for (const std::vector<double>& other : directions) distances.push_back(squared_distance(direction, other));
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return distances[a] < distances[b]; });
    order.resize(std::min(count, order.size()));
    nearest.push_back(std::move(order));
  }
  return nearest;
}

void lower(std::vector<double>& corner, const std::vector<double>& point) {
  for (std::size_t k = 0; k < corner.size(); ++k) corner[k] = std::min(corner[k], point[k]);
}

void raise(std::vector<double>& corner, const std::vector<double>& point) {
  for (std::size_t k = 0; k < corner.size(); ++k) corner[k] = std::max(corner[k], point[k]);
}

class Moead final : public SearchAlgorithm {
 public:
  Moead(const SearchProblem& problem, const MoeadConfig& config)
      : space_(problem.space),
        starts_(static_cast<std::size_t>(config.starts)),
        crossover_(config.crossover),
        mutation_(config.mutation),
        directions_(simplex_weights(problem.objectives.size(), static_cast<std::size_t>(config.directions))),
        nearest_(nearest_of_each(directions_, static_cast<std::size_t>(config.neighbours))),
        best_(directions_.size()) {}

  Proposal propose(Rng& rng) const override {
    if (accepted_ < starts_ || best_.front() == nullptr) return {space_.sample(rng), {}, "sample"};
    const std::size_t direction = rng.index(directions_.size());
    const Member& mother = *best_[direction];
    const bool crosses = rng.uniform() < crossover_;
    const bool mutates = rng.uniform() < mutation_ || !crosses;
    const Member& father = *best_[second_direction(direction, rng)];
    if (!crosses || father.id == mother.id) return {space_.mutate(mother.genotype, rng), {mother.id}, "mutation"};
    Genotype child = space_.crossover(mother.genotype, father.genotype, rng);
    if (mutates) child = space_.mutate(child, rng);
    return {std::move(child), {mother.id, father.id}, "crossover"};
  }

  void accepted(const Candidate&) override { ++accepted_; }

  void tell(const Outcome& outcome) override {
    if (outcome.failed) return;
    const auto member = std::make_shared<const Member>(
        Member{outcome.candidate.id, outcome.candidate.genotype, {outcome.objectives, outcome.violation}});
    update_corners(member->point);
    for (std::size_t i = 0; i < best_.size(); ++i) {
      if (best_[i] == nullptr || is_better(*member, *best_[i], directions_[i])) best_[i] = member;
    }
  }

 private:
  std::size_t second_direction(std::size_t first, Rng& rng) const {
    if (rng.uniform() < kFar) return rng.index(directions_.size());
    return nearest_[first][rng.index(nearest_[first].size())];
  }

  // The scale of each objective: from the best of all to the worst of the population and of the
  // newcomer, without whom a population that shrinks in one objective would go on shrinking. What
  // violates a limit counts only while nothing else is known.
  void update_corners(const ParetoPoint& point) {
    const bool is_feasible = point.violation <= 0;
    if (ideal_.empty() || (is_feasible && !any_feasible_)) ideal_ = point.objectives;
    if (is_feasible || !any_feasible_) lower(ideal_, point.objectives);
    any_feasible_ = any_feasible_ || is_feasible;
    nadir_ = is_feasible || !any_feasible_ ? point.objectives : ideal_;
    for (const Shared& member : best_) {
      if (member != nullptr && (member->point.violation <= 0 || !any_feasible_))
        raise(nadir_, member->point.objectives);
    }
  }

  bool is_better(const Member& a, const Member& b, const std::vector<double>& direction) const {
    if (a.point.violation != b.point.violation) return a.point.violation < b.point.violation;
    return value(a.point.objectives, direction) < value(b.point.objectives, direction);
  }

  // Augmented Chebyshev (Steuer and Choo 1983).
  double value(const std::vector<double>& objectives, const std::vector<double>& direction) const {
    double worst = 0;
    double sum = 0;
    for (std::size_t k = 0; k < objectives.size(); ++k) {
      const double extent = nadir_[k] - ideal_[k];
      const double share = extent > 0 ? (objectives[k] - ideal_[k]) / extent : objectives[k] - ideal_[k];
      const double weighted = std::max(direction[k], kLeastWeight) * share;
      worst = std::max(worst, weighted);
      sum += weighted;
    }
    return worst + kAugmentation * sum;
  }

  static constexpr double kFar = 0.1;           // of second parents come from any direction
  static constexpr double kLeastWeight = 1e-3;  // so that no direction ignores an objective
  static constexpr double kAugmentation = 0.1;  // more is faster on convex fronts and misses hollows

  const SearchSpace& space_;
  const std::size_t starts_;
  const double crossover_;
  const double mutation_;
  const std::vector<std::vector<double>> directions_;
  const std::vector<std::vector<std::size_t>> nearest_;
  std::size_t accepted_ = 0;
  bool any_feasible_ = false;
  std::vector<double> ideal_;
  std::vector<double> nadir_;
  std::vector<Shared> best_;  // of each direction; all null before the first success
};

}  // namespace

Options MoeadConfig::options() {
  return {
      {"directions", &directions, "weightings of the objectives, each with its best candidate", 2, 5000},
      {"starts", &starts, "random candidates before the first child", 1, 1e6},
      {"neighbours", &neighbours, "nearest directions that a second parent comes from", 1, 5000},
      {"crossover", &crossover, "probability that a child has two parents", 0, 1},
      {"mutation", &mutation, "probability that a child of two parents is mutated too; one of one parent always is", 0,
       1},
  };
}

Result<std::unique_ptr<SearchAlgorithm>> MoeadConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) {
    return Error{"moead needs an objective (it compares nothing else), try 'objectives: [{maximize: val_accuracy}]'"};
  }
  return std::unique_ptr<SearchAlgorithm>(std::make_unique<Moead>(problem, *this));
}

}  // namespace nas
