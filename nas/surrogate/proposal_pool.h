// Children among which a model chooses.
#pragma once

#include <span>
#include <vector>

#include "nas/algorithms/neighbourhood.h"
#include "nas/rng.h"
#include "nas/search_algorithm.h"

namespace nas {

/// A candidate that children come from.
struct Parent {
  CandidateId id{};
  Genotype genotype;
};

/// Of the best `parents`, best first: neighbours, children of two, two moves from the best three; and samples.
/// May hold equal ones; at most some hundreds.
[[nodiscard]] std::vector<Proposal> propose_children(const SearchSpace& space, const Neighbourhood& neighbourhood,
                                                     std::span<const Parent> parents, Rng& rng);

}  // namespace nas
