// One pass over the training part.
#pragma once

#include <cstdint>

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
};

/// A last batch that has not two records for each process is left out: batch norm has no variance of one.
[[nodiscard]] std::int64_t steps_an_epoch(const TrainingData& data, const TrainingOptions& options,
                                          const ProcessPlace& place = {});

/// Runs epoch `epoch` (from 1), whose first step is `first_step` (from 0). It is a function of the weights, the step's
/// state and (seed, epoch). Throws DataError.
[[nodiscard]] EpochLosses train_epoch(TrainingStep& step, const TrainingData& data, const TrainingOptions& options,
                                      std::uint64_t seed, std::int32_t epoch, std::int64_t first_step,
                                      const ProcessPlace& place = {});

/// The training has no hope: the mean loss of the epoch's last quarter is above kHopeless times the first loss
/// (TrainingStep::first_loss). Steps before kFirstJudgedStep are not judged: a network may begin with a leap that it
/// comes back from.
inline constexpr double kHopeless = 10;
inline constexpr std::int64_t kFirstJudgedStep = 20;
[[nodiscard]] bool is_hopeless(const EpochLosses& losses, double first_loss, std::int64_t steps_done);

}  // namespace nas
