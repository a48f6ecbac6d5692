// The default of a search: takes the algorithm that did best on searches of its kind.
#pragma once

#include <cstdint>
#include <string>

#include "nas/search_algorithm.h"

namespace nas {

inline constexpr const char* kAutoAlgorithm = "auto";

/// What the choice depends on.
struct SearchFacts {
  std::size_t objectives = 1;
  std::uint64_t evaluations = 100;
  double genotypes = 1;  // of the space; infinite where they can't be counted
};

struct AlgorithmAdvice {
  std::string name;    // a row of nas::algorithms()
  std::string reason;  // one line for a person, without the name
  bool operator==(const AlgorithmAdvice&) const = default;
};

[[nodiscard]] SearchFacts facts_of(const SearchProblem& problem);

/// The rule, which rests on the figures of docs/algorithms.md. Pure. REQUIRES: an objective.
[[nodiscard]] AlgorithmAdvice advise(const SearchFacts& facts);

/// Makes the algorithm of advise(facts_of(problem)) with its defaults. No options; any number of
/// objectives. Error: there is no objective.
struct AutoConfig final : AlgorithmConfig {
  [[nodiscard]] Options options() override;
  [[nodiscard]] Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const override;
};

}  // namespace nas
