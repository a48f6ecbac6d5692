// What a search is put together from, by its experiment: the same for a real one and a simulated.
#pragma once

#include <filesystem>

#include "experiments/search/prepare.h"
#include "experiments/store/study.h"
#include "experiments/tensorboard/tensorboard_log.h"
#include "mpi/farm.h"
#include "nas/proposer.h"

namespace nas {

/// Of a run in this directory.
[[nodiscard]] StudyDescription describe_study(const PreparedSearch& search, const std::filesystem::path& run);

[[nodiscard]] ProposerConfig proposer_config(const PreparedSearch& search);

/// Of a run in this directory, by `log.tensorboard`. `search` must outlive it.
[[nodiscard]] TensorboardPlan tensorboard_plan(const PreparedSearch& search, const std::filesystem::path& run,
                                               std::function<void(const std::string&)> say);

/// By `resources`; without hosts and without on_event. `ranks`: of the whole job.
[[nodiscard]] FarmOptions farm_options(const Resources& resources, int ranks);

}  // namespace nas
