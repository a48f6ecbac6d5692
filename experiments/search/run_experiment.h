// The experiment of a run that has been stored.
#pragma once

#include <filesystem>

#include "experiments/config/load_experiment.h"

namespace nas {

/// With what its data were when the search was prepared: they may be gone since. Runs of versions that did not store
/// that need them. Error: no run there, or as load_experiment.
[[nodiscard]] Result<LoadedExperiment> load_run_experiment(const std::filesystem::path& run);

}  // namespace nas
