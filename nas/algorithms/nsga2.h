// NSGA-II as a steady state: each result enters the population and the most expendable member
// leaves, so that no worker ever waits for a generation.
#pragma once

#include <cstdint>

#include "nas/search_algorithm.h"

namespace nas {

/// Deb, Pratap, Agarwal and Meyarivan 2002, with constrained domination and (mu + 1) survival
/// (Durillo, Nebro, Luna and Alba 2009). Any number of objectives; made for two or three. The first
/// `population` candidates are samples; from then on each is a child of two tournament winners.
/// Failed candidates never enter the population. Ties go to the smaller id. The probabilities are the
/// best of six pairs on NAS-Bench-201 (100 seeds), by a little.
struct Nsga2Config final : AlgorithmConfig {
  std::int64_t population = 40;
  double crossover = 0.5;
  double mutation = 0.5;

  [[nodiscard]] Options options() override;
  [[nodiscard]] Result<std::unique_ptr<SearchAlgorithm>> make(const SearchProblem& problem) const override;
};

}  // namespace nas
