// The evaluator that a rank runs itself: trainers, a user's command, or a table.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "experiments/search/work_order.h"
#include "mpi/child_evaluator.h"
#include "nas/evaluator.h"
#include "nas/result.h"
#include "nas/search_space.h"

namespace nas {

/// The children's slots of rank `rank`: `planned` ones with `threads` CPU threads each, logs in `log_folder`.
[[nodiscard]] std::vector<ChildSlotOptions> child_slots(const std::vector<PlannedSlot>& planned, std::int64_t threads,
                                                        const std::string& log_folder, int rank);

/// `space` must outlive it. Error: nas-trainer is not beside nas, this machine has not the source of figures of energy,
/// or the table can't be read.
[[nodiscard]] Result<std::unique_ptr<Evaluator>> make_local_evaluator(const WorkOrder& order, const SearchSpace& space,
                                                                      int rank);

/// Error: this build has no nas-trainer, or it does not lie beside nas.
[[nodiscard]] Result<std::string> find_trainer();

}  // namespace nas
