// What the trainings of a cross-validation say together. Pure functions; no torch.
#pragma once

#include <span>
#include <vector>

#include "nas/candidate.h"

namespace nas {

/// Of one candidate, from each fold's metrics: val_NAME is the mean and val_NAME_std the standard deviation over the
/// folds (of a sample: divided by their number - 1; an exit's is val_NAME_std.EXIT); train_seconds is the sum,
/// images_per_second is of all folds' records and seconds, peak_memory_bytes, recomputed_share and micro_batches are
/// the largest, everything else is the mean. A metric that is missing in a fold is left out: the mean of fewer folds
/// is of other data than other candidates'. REQUIRES: two folds.
[[nodiscard]] Metrics combine_folds(std::span<const Metrics> folds);

/// The means by epoch, as long as the longest curve: a fold that converged before stays where it ended.
[[nodiscard]] std::vector<CurvePoint> mean_curve(std::span<const std::vector<CurvePoint>> curves);

}  // namespace nas
