// How a training is made to fit into memory: what it takes, what is computed twice for it, and what
// is tried after it has run out. Needs no torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "nas/candidate.h"
#include "nas/network.h"
#include "trainer/recompute_plan.h"
#include "trainer/training_options.h"

namespace nas {

/// What a training does to save memory. The default: nothing.
struct MemoryPlan {
  RecomputePlan recompute{};       // of the training's execution plan
  double recomputed_share = 0;     // of the forward pass's estimated cost, 0 to 1
  std::int64_t micro_batches = 1;  // parts of each batch
  bool operator==(const MemoryPlan&) const = default;
};

/// Bytes that a training takes beside its data, as estimated: float32 weights, gradients, the
/// optimiser's state and the average of weights; the batch; activations. Workspaces of kernels are
/// not in it.
[[nodiscard]] std::int64_t estimate_training_bytes(const Network& network, const TrainingOptions& training,
                                                   const MemoryPlan& plan);

/// What `training.recompute` asks for. `free_bytes`: what the device has for this training beside
/// its data; `auto` leaves kHeadroom of it free, and computes as much again as it can where that is
/// not enough.
[[nodiscard]] MemoryPlan first_memory_plan(const Network& network, const TrainingOptions& training,
                                           std::int64_t free_bytes);
inline constexpr double kHeadroom = 0.1;

/// What to try after `failed` has run out of memory: the least memory by recomputation, then, where
/// `training.accumulate` allows it, parts of half the size, of two examples at least. None: nothing is left.
[[nodiscard]] std::optional<MemoryPlan> next_memory_plan(const MemoryPlan& failed, const Network& network,
                                                         const TrainingOptions& training);

/// "recomputing 62% of the forward pass, batches in 4 parts", for a person.
[[nodiscard]] std::string describe(const MemoryPlan& plan);

/// `recomputed_share` and `micro_batches`, each where it is not the default.
[[nodiscard]] Metrics memory_metrics(const MemoryPlan& plan);

}  // namespace nas
