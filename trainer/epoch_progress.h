// How far an epoch has come: a plain value that a checkpoint keeps.
#pragma once

#include <cstdint>

namespace nas {

/// The sums that an epoch's mean losses are made of. Random streams are functions of the seed and the step's number and
/// need no place here.
struct EpochProgress {
  std::int64_t steps = 0;  // of this epoch
  std::int64_t records = 0;
  std::int64_t last_records = 0;  // of the epoch's last quarter of steps
  double loss_sum = 0;            // over the records
  double last_loss_sum = 0;
  bool operator==(const EpochProgress&) const = default;
};

}  // namespace nas
