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

/// What follows a metric's name, of each of these outputs: nothing for the network's own, `.NAME` for an exit's.
[[nodiscard]] std::vector<std::string> metric_suffixes(const Network& network);

/// For another process; numbers that are not finite included.
[[nodiscard]] std::string text_of_metrics(const std::vector<Metrics>& outputs);
[[nodiscard]] std::vector<Metrics> metrics_from_text(const std::string& text);

}  // namespace nas
