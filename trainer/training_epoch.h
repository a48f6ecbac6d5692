// One pass over the training part.
#pragma once

#include <cstdint>
#include <functional>

#include "trainer/epoch_progress.h"
#include "trainer/training_data.h"
#include "trainer/training_options.h"
#include "trainer/training_step.h"

namespace nas {

/// How the losses of an epoch's steps went.
struct EpochLosses {
  double mean = 0;       // over the epoch's records; not finite: it ended there
  double last_mean = 0;  // over the records of its last quarter of steps
  std::int64_t steps = 0;
  std::int64_t records = 0;
  bool left = false;  // before its end, as AfterStep::Leave asked
};

enum class AfterStep { GoOn, Keep, Leave };

/// Which epoch, from where, and who may keep what it has come to.
struct EpochRun {
  std::uint64_t seed = 0;
  std::int32_t epoch = 1;       // from 1
  std::int64_t first_step = 0;  // of the epoch, counted from 0 over the training
  ProcessPlace place = {};
  EpochProgress from = {};  // of an epoch that was left
  /// Asked after each step but the last; empty: goes on. For Keep and Leave `keep` is called, with which the epoch can
  /// be gone on with: the same steps follow, to the last bit.
  std::function<AfterStep()> after_step = {};
  std::function<void(const EpochProgress& progress)> keep = {};
};

/// A last batch that has not two records for each process is left out: batch norm has no variance of one.
[[nodiscard]] std::int64_t steps_an_epoch(const TrainingData& data, const TrainingOptions& options,
                                          const ProcessPlace& place = {});

/// Runs the steps that are left of an epoch. A function of the weights, the step's state, the seed, the epoch and the
/// steps' numbers. Throws DataError.
[[nodiscard]] EpochLosses train_epoch(TrainingStep& step, const TrainingData& data, const TrainingOptions& options,
                                      const EpochRun& run);

/// The training has no hope: the mean loss of the epoch's last quarter is above kHopeless times the first loss
/// (TrainingStep::first_loss). Steps before kFirstJudgedStep are not judged: a network may begin with a leap that it
/// comes back from.
inline constexpr double kHopeless = 10;
inline constexpr std::int64_t kFirstJudgedStep = 20;
[[nodiscard]] bool is_hopeless(const EpochLosses& losses, double first_loss, std::int64_t steps_done);

}  // namespace nas
