// Model-guided evolution: many children are proposed, a Gaussian process that knows genes and graph
// foretells what each would bring, and the most promising one is evaluated.
#pragma once

#include <cstdint>

#include "nas/search_algorithm.h"

namespace nas {

/// One objective: expected improvement; several: expected hypervolume improvement, exactly
/// (nas/surrogate/*.h name the sources), of normal scores where an objective is modelled. Objectives whose metrics the
/// screening computes are known of every proposal, never modelled, and count by their
/// place in the range of the results. Pending candidates count as
/// if they came out as foretold; failed and infeasible ones teach a second model where such are.
/// The first `starts` candidates are samples. Asynchronous. The cost of a proposal is bounded: at
/// most `memory` results train the model, half the best and half at random.
struct SurrogateConfig final : AlgorithmConfig {
  std::int64_t starts = 10;
  std::int64_t memory = 250;

  [[nodiscard]] Options options() override;
  [[nodiscard]] Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const override;
};

}  // namespace nas
