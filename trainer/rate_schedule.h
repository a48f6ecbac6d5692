// What changes with the steps of a training: the learning rate, the share of drop-path. Pure functions; no torch.
#pragma once

#include <cstdint>

#include "trainer/training_options.h"

namespace nas {

/// Of the training that the schedules are made for, whether or not it runs to the end.
struct ScheduleLength {
  std::int64_t steps = 0;
  std::int64_t steps_an_epoch = 0;
};

/// Of so many records, `processes` of which each train on a share of every batch: the last batch may be smaller, but
/// each of them gets two records of it.
[[nodiscard]] std::int64_t steps_an_epoch(std::int64_t records, const TrainingOptions& options, std::int64_t processes);

/// Learning rate of step `step` (from 0), by `schedule`, `warmup_epochs`, `step_epochs` and `step_factor`:
/// - warm-up: the first n steps have (step + 1) / n of the learning rate, n = warmup_epochs * steps_an_epoch rounded
/// - cosine: from the learning rate after the warm-up to 0 at the end (Loshchilov and Hutter 2017)
/// - step: times step_factor after every step_epochs epochs, those of the warm-up included
/// - one_cycle: a cosine from 1/25 to the whole within 30% of the steps, and to 1/250,000 at the last one (Smith and
///   Topin 2019; torch's OneCycleLR without its cycle of momentum)
/// - constant
[[nodiscard]] double scheduled_rate(const TrainingOptions& options, std::int64_t step, const ScheduleLength& length);

/// Learning rate of the last step of `epoch`, from 1, of one process's training that is made for `epochs`.
[[nodiscard]] double rate_after(std::int64_t epoch, const TrainingOptions& options, std::int64_t records,
                                std::int64_t epochs);

/// What the rates of drop-path are multiplied by: 1, or by `drop_path_schedule: linear` the share of the steps that are
/// done (ScheduledDropPath of Zoph et al. 2018).
[[nodiscard]] double scheduled_drop_path(const TrainingOptions& options, std::int64_t step,
                                         const ScheduleLength& length);

}  // namespace nas
