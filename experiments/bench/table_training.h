// A candidate's training, looked up in a benchmark's table.
#pragma once

#include <cstdint>

#include "experiments/bench/benchmark.h"
#include "nas/search_algorithm.h"

namespace nas {

struct TableTraining {
  Outcome outcome;
  std::int32_t epochs = 0;  // it has come to, of the table's; 0: the table has none
};

/// With epochs the result after the candidate's budget, or where one of its bounds stops it. A
/// genotype without a row fails, with epochs after the first that it was to add to what it
/// continues, of `from` epochs.
[[nodiscard]] TableTraining train_by_row(const Benchmark& benchmark, const Candidate& candidate, std::int32_t from);

}  // namespace nas
