// Which source the figures of energy of a run have: settled once, checked on every machine before anything is trained.
#pragma once

#include <span>
#include <string>

#include "mpi/node_plan.h"
#include "nas/result.h"

namespace nas {

/// What `source` (as `training.energy` has it) is for this plan: itself, or what `auto` comes to on this machine, whose
/// like the others are taken to be. `processes` slots train one network together: they may share a machine's counters.
/// Error: trainers would share a counter, which can't tell them apart. REQUIRES: the facts that the plan was made from.
[[nodiscard]] Result<std::string> settle_energy_source(const std::string& source, std::span<const RankFacts> facts,
                                                       const NodePlan& plan, int processes = 1);

/// Whether this machine has the source for these slots. Error: it has not; with its name.
[[nodiscard]] Result<Unit> check_energy_source(const std::string& source, std::span<const PlannedSlot> slots);

}  // namespace nas
