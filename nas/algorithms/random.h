// Random search: every candidate is an independent sample of the space. The baseline that any
// other algorithm has to beat.
#pragma once

#include "nas/search_algorithm.h"

namespace nas {

/// Bergstra and Bengio 2012. No options; any number of objectives.
struct RandomSearchConfig final : AlgorithmConfig {
  [[nodiscard]] Options options() override;
  [[nodiscard]] Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const override;
};

}  // namespace nas
