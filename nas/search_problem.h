// The search that an algorithm works for: all that it may know before the first result.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/objective.h"
#include "nas/screening.h"
#include "nas/search_space.h"

namespace nas {

struct SearchProblem {
  const SearchSpace& space;           // must outlive the algorithm
  std::vector<Objective> objectives;  // one whose variables the screening computes is known of every proposal
  Screen screen;
  std::uint64_t evaluations = 100;  // planned in all
  bool allow_duplicates = false;    // a genotype may be evaluated again
};

}  // namespace nas
