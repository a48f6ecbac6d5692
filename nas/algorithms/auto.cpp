#include "nas/algorithms/auto.h"

#include <fmt/format.h>

#include <limits>

#include "nas/check.h"

namespace nas {
namespace {

constexpr std::uint64_t kModelled = 1000;  // evaluations for which a model pays
constexpr std::size_t kMany = 4;           // objectives for which a front is no longer sorted well

}  // namespace

SearchFacts facts_of(const SearchProblem& problem) {
  const auto count = try_count_genotypes(problem.space.genes());
  return {problem.objectives.size(), problem.evaluations,
          count ? count->get_d() : std::numeric_limits<double>::infinity()};
}

AlgorithmAdvice advise(const SearchFacts& facts) {
  NAS_CHECK(facts.objectives > 0, "a search has an objective");
  if (facts.objectives >= kMany) {
    return {"moead", fmt::format("{} objectives, where one front holds nearly everything", facts.objectives)};
  }
  if (facts.evaluations <= kModelled) return {"surrogate", "few evaluations, each of which should count"};
  if (facts.objectives == 1) return {"local_search", "one objective and many evaluations"};
  return {"moead", "several objectives and many evaluations"};
}

Options AutoConfig::options() { return {}; }

Result<std::unique_ptr<SearchAlgorithm>> AutoConfig::make(const SearchProblem& problem) const {
  if (problem.objectives.empty()) return Error{"auto needs an objective"};
  const AlgorithmRow* row = find_algorithm(advise(facts_of(problem)).name);
  NAS_CHECK(row != nullptr, "auto advises an algorithm that is not in the table");
  return row->make_config()->make(problem);
}

}  // namespace nas
