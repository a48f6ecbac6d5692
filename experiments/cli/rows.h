// Where each file of commands hands over its rows.
#pragma once

#include <vector>

#include "experiments/cli/command.h"

namespace nas {

[[nodiscard]] std::vector<Command> search_commands();    // search
[[nodiscard]] std::vector<Command> simulate_commands();  // simulate
[[nodiscard]] std::vector<Command> slurm_commands();     // slurm
[[nodiscard]] std::vector<Command> bench_commands();     // bench
[[nodiscard]] std::vector<Command> run_commands();       // front, status, trials
[[nodiscard]] std::vector<Command> report_commands();    // report, timeline
[[nodiscard]] std::vector<Command> train_commands();     // train
[[nodiscard]] std::vector<Command> export_commands();    // export
[[nodiscard]] std::vector<Command> predict_commands();   // predict
[[nodiscard]] std::vector<Command> data_commands();      // data describe
[[nodiscard]] std::vector<Command> space_commands();     // space describe, sample, cost
[[nodiscard]] std::vector<Command> about_commands();     // recipes, algorithms, version

}  // namespace nas
