// Which devices train which network: the processes of one training are places, and all of them are handed out together.
// Pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "experiments/config/experiment_config.h"
#include "mpi/node_plan.h"
#include "nas/candidate.h"
#include "nas/result.h"

namespace nas {

/// One process of one attempt at one training; a candidate of the farm.
struct TrainingPlace {
  std::size_t training = 0;
  std::size_t attempt = 0;  // 0, 1, ...: what an earlier attempt left behind has another id
  std::size_t rank = 0;     // among the processes of the training
  bool operator==(const TrainingPlace&) const = default;
};

/// How many there are of each.
struct TrainingCounts {
  std::size_t trainings = 1;
  std::size_t processes = 1;  // of each training
};

[[nodiscard]] CandidateId id_of(const TrainingPlace& place, const TrainingCounts& counts);
[[nodiscard]] TrainingPlace place_of(CandidateId id, const TrainingCounts& counts);

/// Slots of all ranks, no more than `wanted`: lower ranks first, so that they are on few nodes. A process that is
/// alone has fewer slots with more cores each instead.
[[nodiscard]] NodePlan plan_trainers(std::span<const RankFacts> facts, const Resources& resources, std::size_t wanted);

/// Whether processes of one training may come to lie on several nodes: slots are filled rank after rank at first, and
/// then as they come free.
[[nodiscard]] bool spans_nodes(const NodePlan& plan, std::span<const RankFacts> facts, std::size_t processes);

/// "0 slots on rank 0 (host), 4 on rank 1 (host)", for a person.
[[nodiscard]] std::string describe_slots(const NodePlan& plan, std::span<const RankFacts> facts);

}  // namespace nas
