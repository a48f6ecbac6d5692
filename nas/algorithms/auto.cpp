#include "nas/algorithms/auto.h"

#include <fmt/format.h>

#include "nas/check.h"

namespace nas {
namespace {

// Evaluations up to which a model was measured and none did better.
constexpr std::uint64_t kModelledOne = 1000;    // one objective
constexpr std::uint64_t kModelledFront = 3000;  // two or three
constexpr std::size_t kMany = 4;                // objectives for which domination tells little

}  // namespace

SearchFacts facts_of(const SearchProblem& problem) {
  return {problem.objectives.size(), problem.evaluations, approximate_genotypes(problem.space.genes())};
}

AlgorithmAdvice advise(const SearchFacts& facts) {
  NAS_CHECK(facts.objectives > 0, "a search has an objective");
  if (facts.objectives >= kMany) {
    return {"moead", fmt::format("{} objectives, of which weightings tell more than domination", facts.objectives)};
  }
  const std::uint64_t modelled = facts.objectives == 1 ? kModelledOne : kModelledFront;
  const bool is_small = facts.genotypes <= static_cast<double>(modelled);
  if (is_small || facts.evaluations <= modelled) {
    const std::string count = is_small ? fmt::format("a space of {:.0f} genotypes", facts.genotypes)
                                       : fmt::format("{} evaluations", facts.evaluations);
    return {"surrogate", fmt::format("{}, and up to {} none did better than a model", count, modelled)};
  }
  const std::string many = fmt::format("{} evaluations, more than a model is known to be best for", facts.evaluations);
  if (facts.objectives == 1) return {"local_search", fmt::format("one objective and {}", many)};
  return {"moead", fmt::format("{} objectives and {}", facts.objectives, many)};
}

Options AutoConfig::options() { return {}; }

Result<std::unique_ptr<SearchAlgorithm>> AutoConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) return Error{"auto needs an objective"};
  const AlgorithmRow* row = find_algorithm(advise(facts_of(problem)).name);
  NAS_CHECK(row != nullptr, "auto advises an algorithm that is not in the table");
  return row->make_config()->make(problem);
}

}  // namespace nas
