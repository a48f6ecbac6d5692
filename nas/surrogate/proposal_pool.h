// Children among which a model chooses.
#pragma once

#include <span>
#include <vector>

#include "nas/rng.h"
#include "nas/search_algorithm.h"

namespace nas {

/// A candidate that children come from.
struct Parent {
  CandidateId id{};
  Genotype genotype;
};

/// All genotypes that differ from `genotype` in one active gene (and in what its option makes
/// inactive), canonical.
[[nodiscard]] std::vector<Genotype> neighbours(const std::vector<Gene>& genes, const Genotype& genotype);

/// Of the best `parents`, best first: neighbours, children of two, mutants of mutants; and samples.
/// May hold equal ones; at most some hundreds.
[[nodiscard]] std::vector<Proposal> propose_children(const SearchSpace& space, std::span<const Parent> parents,
                                                     Rng& rng);

}  // namespace nas
