// Trains what a plan says, on the devices of this machine or of all ranks, and exports each network with its weights.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "experiments/search/coordinator.h"
#include "experiments/train/train_plan.h"

namespace nas {

struct FinalRunOptions {
  std::filesystem::path directory;
  RunStart start = RunStart::New;
  std::string resume_command = {};  // for people
  double walltime = 0;              // seconds from the start after which the job ends; 0: no limit
};

/// `<directory>/<name>/` of each network: metrics.jsonl, weights.safetensors, model/, result.json; checkpoints and
/// logs beside them. Prints a table of the results at the end. A network whose training fails is a
/// row of the table, the others go on. Error: a directory that holds something else or is in use,
/// other settings than it was begun with, no trainer, fewer slots than `parallel.processes`. `ranks`: null for a
/// process without others; the caller stops them.
[[nodiscard]] Result<SearchEnd> run_training(TrainPlan plan, const FinalRunOptions& options, Ranks* ranks,
                                             std::ostream& out);

}  // namespace nas
