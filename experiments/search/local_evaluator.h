// The evaluator that a rank runs itself: trainers, a user's command, or a table.
#pragma once

#include <memory>

#include "experiments/search/work_order.h"
#include "nas/evaluator.h"
#include "nas/result.h"
#include "nas/search_space.h"

namespace nas {

/// `space` must outlive it. Error: nas-trainer is not beside nas, this machine has not the source of figures of energy,
/// or the table can't be read.
[[nodiscard]] Result<std::unique_ptr<Evaluator>> make_local_evaluator(const WorkOrder& order, const SearchSpace& space,
                                                                      int rank);

/// Error: this build has no nas-trainer, or it does not lie beside nas.
[[nodiscard]] Result<std::string> find_trainer();

}  // namespace nas
