// Judging a network on a part of the data.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/candidate.h"
#include "trainer/torch_network.h"
#include "trainer/training_data.h"
#include "trainer/training_options.h"

namespace nas {

/// Metrics of the task's row by name, and `loss`, of the output and of each exit that is not
/// auxiliary, in the order of forward_all. In evaluation mode, without gradients, in
/// the precision of the options. Throws DataError.
[[nodiscard]] std::vector<Metrics> evaluate_part(const TorchNetwork& network, const TrainingData& data,
                                                 const DataPart& part, const TrainingOptions& options);

}  // namespace nas
