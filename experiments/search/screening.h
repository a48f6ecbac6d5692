// What is known of a genotype before any training: whether it has a network, its counts, and what
// makes two genotypes the same thing to evaluate.
#pragma once

#include <memory>
#include <vector>

#include "experiments/config/experiment_config.h"
#include "nas/objective.h"
#include "nas/proposer.h"
#include "nas/search_space.h"
#include "nas/table_evaluator.h"

namespace nas {

/// Whether an experiment's genotypes are decoded and counted: always where they are trained; for a
/// table only where objectives or limits want counts that it has no column for.
[[nodiscard]] bool counts_networks(const ExperimentConfig& config, const SearchSpace& space,
                                   const std::vector<std::string>& evaluator_metrics);

/// Key: with a table the genotype; with a network its canonical hash, the active hyperparameter genes
/// and the budget; otherwise the active genes.
struct ScreenRules {
  std::vector<Limit> limits;  // those on what is known before training
  std::int32_t budget = 0;    // epochs
  bool count_networks = false;
  std::shared_ptr<const Table> table;  // null: no table; a genotype without a row is accepted, to fail
};

/// `space` must outlive the result, which may be called from one thread at a time.
[[nodiscard]] Screen make_screen(const SearchSpace& space, ScreenRules rules);

/// Epochs of a full training; 0 with a table that has none.
[[nodiscard]] std::int32_t budget_of(const ExperimentConfig& config);

}  // namespace nas
