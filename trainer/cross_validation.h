// One candidate trained once for each fold of its data.
#pragma once

#include <c10/core/Device.h>

#include <span>

#include "trainer/train.h"

namespace nas {

/// Trains the job's network on each of these in turn, from the same weights and with the same random streams, so that
/// only the data differ, and gives combine_folds of their metrics. Patience counts within a fold; the job's stop rule
/// is not asked, as the mean that it is for is there at the end only. Events are those of one training: epoch 0 when
/// the first fold begins, then mean_curve once the last has ended. Each fold has a folder of its own in the job's
/// (`fold-1`, ...) and is kept there at its end too, so that a candidate that was interrupted goes on from the fold and
/// epoch where it was. The first failure is that of the whole, and says which fold's it is.
/// REQUIRES: two folds, one process.
[[nodiscard]] TrainingOutcome cross_validate(const TrainingJob& job, std::span<const TrainingData> folds,
                                             c10::Device device, const TrainingEvents& events);

}  // namespace nas
