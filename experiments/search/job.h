// A candidate as the line of JSON that a trainer or a user's command reads.
#pragma once

#include <functional>
#include <string>

#include "experiments/config/experiment_config.h"
#include "nas/candidate.h"
#include "nas/result.h"
#include "nas/search_space.h"

namespace nas {

/// The format of docs/command_protocol.md; for the evaluator `train` with the `training` (the candidate's
/// hyperparameters and epochs put in) and `data` objects. Candidate n keeps its checkpoints in `<checkpoints>/n`; what
/// training does to the data is written down beside them. Error: the genotype has no network. `space` must outlive the
/// result.
[[nodiscard]] std::function<Result<std::string>(const Candidate&)> make_job_writer(const ExperimentConfig& config,
                                                                                   const SearchSpace& space,
                                                                                   std::string checkpoints);

}  // namespace nas
