// `nas front`: the best trade-offs that a run has found so far.
#pragma once

#include <filesystem>
#include <ostream>

#include "experiments/commands/output.h"
#include "nas/result.h"

namespace nas {

/// The Pareto front over the run's finished trials that meet every limit and have the most epochs
/// that any has, the best in the first objective first, equal ones by id. Text: a table of id,
/// objectives and the option of every gene ("-" where the gene is inactive), and how many results
/// were left out for their fewer epochs. Json: {"run", "objectives": [{"name", "direction"}],
/// "front": [{"id", "objectives": {name: value}, "genotype": "3,0,1", "choices": {gene: option}}],
/// "left_out": that number}, active genes only. Works while the search runs. Error: no run there, or a damaged one.
[[nodiscard]] Result<Unit> print_front(const std::filesystem::path& run_directory, Output output, std::ostream& out);

}  // namespace nas
