// What was left open in an experiment and chosen when its run began: a run that goes on keeps it.
#pragma once

#include <filesystem>

#include "experiments/config/load_experiment.h"

namespace nas {

/// Where the experiment says `algorithm: auto` or starts from an earlier run, the algorithm and the
/// starting genotypes of `run`'s own config take their place: more evaluations would have auto
/// choose another algorithm, and the earlier run may have grown or be gone. Nothing happens where
/// there is no run yet or its config cannot be read, which coordinate() reports.
void recall_choices(LoadedExperiment& experiment, const std::filesystem::path& run);

}  // namespace nas
