// An experiment and its space, checked against each other before anything costs time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "experiments/config/load_experiment.h"
#include "experiments/search/start_points.h"
#include "experiments/search/work_order.h"
#include "nas/proposer.h"
#include "nas/search.h"
#include "search_spaces/text_space.h"

namespace nas {

struct PreparedSearch {
  WorkOrder order;  // its config says what `auto` chose and the genotypes to start from
  std::unique_ptr<TextSpace> space;
  std::shared_ptr<const Table> table;  // of the evaluator `table`
  SearchSetup setup;                   // objectives and limits on trained metrics
  Screen screen;                       // points to *space
  std::unique_ptr<SearchAlgorithm> algorithm;
  std::vector<StartCandidate> starts;  // evaluated first
  std::vector<std::string> notes;      // for people: what was left out, what `auto` chose and why
};

/// Error: all that is wrong, a line each: the space, its networks on this data, hyperparameters,
/// metrics that only a network has, options of the algorithm, the command or table, the candidates
/// to start from.
[[nodiscard]] Result<PreparedSearch> prepare_search(LoadedExperiment experiment);

/// What `--check` says: size of the space, what its networks cost, what the search will compute.
void print_check(const PreparedSearch& search, std::ostream& out);

}  // namespace nas
