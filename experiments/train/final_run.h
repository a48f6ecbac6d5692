// Trains what a plan says, on this machine's devices, and exports each network with its weights.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "experiments/search/coordinator.h"
#include "experiments/train/train_plan.h"

namespace nas {

/// Files of a final training's directory.
namespace train_files {
inline constexpr const char* kSettled = "train.json";    // what decides about the result
inline constexpr const char* kResults = "results.json";  // all of them, at the end
inline constexpr const char* kCurve = "metrics.jsonl";   // of one network: a line an epoch
inline constexpr const char* kWeights = "weights.safetensors";
inline constexpr const char* kResult = "result.json";  // of one network: it is finished
inline constexpr const char* kModel = "model";         // of one network: what nas export writes
}  // namespace train_files

struct FinalRunOptions {
  std::filesystem::path directory;
  RunStart start = RunStart::New;
  std::string resume_command;  // for people
};

/// `<directory>/<name>/` of each network: metrics.jsonl, weights.safetensors, model/, result.json; checkpoints and
/// logs beside them. Prints a table of the results at the end. A network whose training fails is a
/// row of the table, the others go on. Error: a directory that holds something else or is in use,
/// other settings than it was begun with, no trainer.
[[nodiscard]] Result<SearchEnd> run_training(TrainPlan plan, const FinalRunOptions& options, std::ostream& out);

}  // namespace nas
