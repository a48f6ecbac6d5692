// What a search is put together from, by its experiment: the same for a real one and a simulated.
#pragma once

#include <filesystem>

#include "experiments/search/prepare.h"
#include "experiments/store/study.h"
#include "mpi/farm.h"
#include "nas/proposer.h"

namespace nas {

/// Of a run in this directory.
[[nodiscard]] StudyDescription describe_study(const PreparedSearch& search, const std::filesystem::path& run);

[[nodiscard]] ProposerConfig proposer_config(const PreparedSearch& search);

/// By `resources`; without hosts and without on_event. `ranks`: of the whole job.
[[nodiscard]] FarmOptions farm_options(const Resources& resources, int ranks);

}  // namespace nas
