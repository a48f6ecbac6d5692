// When a training ends before its budget because its search has no hope for it.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/candidate.h"
#include "nas/objective.h"

namespace nas {

struct StopRule {
  Objective objective;
  std::vector<double> bounds;  // by epoch, from the first; infinite: none
  Metrics known;               // before training: params, macs; they replace measured ones of their name
};

/// The objective of `metrics`, minimised, is above the epoch's bound. Not where there is no bound,
/// or a metric is missing. `epoch` counts from 1.
[[nodiscard]] bool stops(const StopRule& rule, std::int32_t epoch, Metrics metrics);

}  // namespace nas
