// The search space of a run that has been stored, from what its config says.
#pragma once

#include <memory>

#include "experiments/store/study.h"
#include "nas/result.h"
#include "search_spaces/text_space.h"

namespace nas {

/// With the run's parameters and the shape and classes of its data. Error: the space's file is
/// not here, can't be read, or has other genes than when the run was started.
[[nodiscard]] Result<std::unique_ptr<TextSpace>> open_run_space(const StudyDescription& study);

}  // namespace nas
