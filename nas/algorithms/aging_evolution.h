// Aging (regularised) evolution: the best of a random handful is mutated, and the oldest dies
// whatever its worth, so that no lucky training result lives for ever.
#pragma once

#include <cstdint>

#include "nas/search_algorithm.h"

namespace nas {

/// Real, Aggarwal, Huang and Le 2019, algorithm 1; a mutant differs in one gene. One objective. Asynchronous: the first
/// `population` candidates are samples; from then on each is a mutant of whatever has finished.
/// Age counts in results, not in starts. Failed candidates never enter the population.
struct AgingEvolutionConfig final : AlgorithmConfig {
  std::int64_t population = 30;
  std::int64_t sample = 10;

  [[nodiscard]] Options options() override;
  [[nodiscard]] Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const override;
};

}  // namespace nas
