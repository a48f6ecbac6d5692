// The search that an algorithm works for: all that it may know before the first result.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "nas/objective.h"
#include "nas/screening.h"
#include "nas/search_space.h"
#include "nas/surrogate/graph_features.h"

namespace nas {

struct SearchProblem {
  const SearchSpace& space;           // must outlive the algorithm
  std::vector<Objective> objectives;  // one whose variables the screening computes is known of every proposal
  Screen screen;
  std::uint64_t evaluations = 100;  // planned in all
  bool allow_duplicates = false;    // a genotype may be evaluated again
  std::int32_t budget = 1;          // epochs of a full training
  /// Of a genotype's network; where many searches share one space, a memo. Empty: they are worked
  /// out where they are needed.
  std::function<GraphFeatures(const Genotype&)> features = {};
};

}  // namespace nas
