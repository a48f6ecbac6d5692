// A training that runs out of memory is tried again in ways that take less.
#pragma once

#include <c10/core/Device.h>

#include <functional>

#include "trainer/train.h"

namespace nas {

/// One attempt, by `job.memory`. An out-of-memory is an outcome, after which its memory is free again.
using TrainOnce = std::function<TrainingOutcome(const TrainingJob& job, const TrainingEvents& events)>;

/// Runs `train_once` as `training.recompute` says and, each time it runs out of memory, as
/// next_memory_plan says. While it runs tensors may take `training.memory_gib` and no more. Each
/// attempt goes on from the job's last checkpoint; events are those of one training: an epoch that
/// an attempt repeats is not said again. What is done about memory is noted, and the metrics of a
/// result that took more than the plain way say it (memory_metrics).
[[nodiscard]] TrainingOutcome train_within_memory(const TrainingJob& job, c10::Device device,
                                                  const TrainingEvents& events, const TrainOnce& train_once);

}  // namespace nas
