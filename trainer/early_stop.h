// When a training has converged. A pure function of its curve; no torch.
#pragma once

#include <cstdint>
#include <span>

#include "nas/candidate.h"
#include "trainer/task.h"

namespace nas {

/// The last `patience` epochs of the curve have neither a lower val_loss nor a better first metric of the task
/// (classification: a higher val_accuracy; regression: a lower val_l1) than the best one before them. Never with
/// patience 0. Metrics that are missing are no improvement.
[[nodiscard]] bool has_converged(std::span<const CurvePoint> curve, TaskKind task, std::int64_t patience);

}  // namespace nas
