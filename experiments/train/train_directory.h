// The directory of full trainings: who may use it, what it was begun with, what lies where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "experiments/search/coordinator.h"
#include "experiments/store/run_lock.h"
#include "experiments/train/train_plan.h"
#include "nas/result.h"

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

/// Locked while it lives. Move-only.
class TrainDirectory {
 public:
  /// Error: it holds something else, a training that is not to go on, none that could, or is in use.
  [[nodiscard]] static Result<TrainDirectory> open(std::filesystem::path path, RunStart start);

  /// Settings with `threads` and the source `energy` where they are auto are written down in a new directory. In
  /// another they must be those that it was begun with, whose threads and source stay: results depend on them. Error:
  /// the keys that differ.
  [[nodiscard]] Result<Unit> settle(TrainPlan& plan, std::int64_t threads, const std::string& energy) const;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path logs() const;
  // Of one network, by its name.
  [[nodiscard]] std::filesystem::path folder(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::filesystem::path checkpoints(const std::string& name) const;
  /// Where the processes of one attempt find each other is a file whose name begins so; different for each start.
  [[nodiscard]] std::filesystem::path rendezvous(const std::string& name) const;
  /// Removes what processes of earlier starts found each other by.
  void remove_rendezvous() const;

 private:
  TrainDirectory(std::filesystem::path path, RunLock lock);
  [[nodiscard]] Result<Unit> compare(TrainPlan& plan) const;

  std::filesystem::path path_;
  RunLock lock_;
  std::string start_;  // a word that is this start's alone
};

}  // namespace nas
