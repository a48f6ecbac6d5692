// One candidate's training, start to end.
#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>

#include "nas/candidate.h"
#include "nas/network.h"
#include "trainer/checkpoint_keeper.h"
#include "trainer/data_parallel.h"
#include "trainer/energy_meter.h"
#include "trainer/fit_memory.h"
#include "trainer/stop_rule.h"
#include "trainer/training_data.h"
#include "trainer/training_options.h"

namespace nas {

class TorchNetwork;

struct TrainingJob {
  Network network;
  TrainingOptions training;      // `epochs` is the budget
  std::int64_t full_epochs = 0;  // that the schedules are made for; at least `epochs`
  std::uint64_t seed = 0;        // of weights, order, augmentation and dropout
  std::optional<StopRule> stop_rule;
  CheckpointPlan checkpoints;
  ParallelPlan parallel;          // where several processes train it, each on its share of every batch
  MemoryPlan memory = {};         // what it does to save memory; `train` makes its own
  EnergyMeter* energy = nullptr;  // null where energy is not counted; of several processes, each counts its own
};

struct TrainingEvents {
  /// Called with epoch 0 and no metrics when the first step is about to run, then for each epoch
  /// with curve_metric_names() and, for each exit that is not auxiliary, exit_metric_names()
  /// followed by a dot and the exit's name; also for those of the training that is carried on.
  std::function<void(std::int32_t epoch, const Metrics& metrics)> on_epoch;
  OnNote on_note;
  /// Called once at the end with the network that the result is about, not for one that a stop rule
  /// ended; what it gives is added to the result's metrics. May be empty.
  std::function<Metrics(const TorchNetwork& network)> on_trained = {};
  /// Asked between two steps: the training is to keep a checkpoint and end now, as Interrupted. May be empty: never.
  /// REQUIRES: empty where several processes train.
  std::function<bool()> is_interrupted = {};
};

struct TrainingResult {
  Metrics metrics;
  bool stopped = false;  // by the rule, before `epochs`
};

/// Left as on request, on time for its last checkpoint: another one of an equal job goes on from there.
struct Interrupted {};

/// The loss is the output's and that of each exit times its weight, auxiliary ones included; `train_loss` is this sum.
/// Gives trained_metric_names(), latency_metric_names(), energy_metric_names(), mc_dropout_metric_names() and the
/// exits' metrics as in the curve, of the last epoch that ran, or why there are none: Invalid (the network does not fit
/// the data or learns nothing, a record can't be used), Diverged, OutOfMemory. On one CPU thread the metrics but times
/// are equal to the bit for equal arguments, whatever ran before, and whether it went on from a checkpoint or not.
/// Several processes give what one gives, but for rounding, where batch norm is synchronised or absent and nothing is
/// mixed up; the first one validates and writes checkpoints, all give the same metrics. Out of memory is answered as
/// train_within_memory does it, and a failure only where that does not help; of several processes it is a failure, and
/// they recompute nothing by `auto`. Memory is given back before it returns. Throws what torch throws for anything
/// else.
using TrainingOutcome = std::variant<TrainingResult, Failure, Interrupted>;
[[nodiscard]] TrainingOutcome train(const TrainingJob& job, const TrainingData& data, c10::Device device,
                                    const TrainingEvents& events);

/// Why this network can't be trained on this data.
[[nodiscard]] std::optional<Failure> check_trainable(const Network& network, const DataDescription& data);

}  // namespace nas
