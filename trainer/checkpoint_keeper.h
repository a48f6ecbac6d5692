// The files that a training leaves behind so that it can go on: when one is due, where it lies,
// which are removed, which is read. Knows nothing of what is in them, and needs no torch.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "nas/result.h"
#include "trainer/training_options.h"

namespace nas {

/// Of one job.
struct CheckpointPlan {
  std::filesystem::path folder = {};         // where this training keeps its own; empty: it keeps none
  std::filesystem::path continue_from = {};  // of the training that it carries on; empty: of none
  std::string fingerprint = {};              // equal for trainings that may go on from each other's files
  bool keep_end = false;                     // after the last epoch too: its job has more to do
};

/// One line for a person, for the log.
using OnNote = std::function<void(const std::string& note)>;

/// `<folder>/epoch-00003.safetensors` after epoch 3, `epoch-00003-step-0000042.safetensors` after 42 steps of the next
/// one; the newest two. Used from one thread.
class CheckpointKeeper {
 public:
  /// `epochs`: where this training ends; `full_epochs`: where one that carries it on may end.
  CheckpointKeeper(CheckpointPlan plan, const TrainingOptions& training, std::int64_t full_epochs, OnNote on_note);

  /// Hands the content of one file after the other to `restore`, of the most epochs first, this
  /// training's own before those that it continues, until one is taken; says what is wrong with
  /// the others. False: none was taken, so the training begins at the beginning.
  [[nodiscard]] bool restore_newest(const std::function<Result<Unit>(std::string_view content)>& restore);

  /// After `epoch`: every `checkpoint_epochs`, or `checkpoint_minutes` after the last one; and after
  /// the last epoch where another training may carry this one on.
  [[nodiscard]] bool due(std::int32_t epoch) const;
  /// After a step that ends no epoch: `checkpoint_minutes` after the last one.
  [[nodiscard]] bool due_within_epoch() const;
  /// There is a folder for them.
  [[nodiscard]] bool keeps() const { return !plan_.folder.empty(); }

  /// Writes durably and removes all but this file and the one before. `steps`: of the epoch after `epoch`. A file that
  /// can't be written (a full disk) is said once; the training goes on without.
  void keep(std::int32_t epoch, std::int64_t steps, std::string_view content);

 private:
  using Clock = std::chrono::steady_clock;
  [[nodiscard]] Result<Unit> write(const std::string& name, std::string_view content) const;
  [[nodiscard]] bool minutes_are_over() const { return every_.count() > 0 && Clock::now() - last_ >= every_; }

  CheckpointPlan plan_;
  std::int64_t every_epochs_;
  std::chrono::duration<double> every_;  // zero: never
  std::int64_t epochs_;
  bool may_go_on_;  // in another training
  OnNote on_note_;
  Clock::time_point last_ = Clock::now();
  bool said_ = false;  // that none can be written
};

/// Of a folder, the one that is farthest first; none where there is no such folder.
[[nodiscard]] std::vector<std::filesystem::path> checkpoint_files(const std::filesystem::path& folder);

}  // namespace nas
