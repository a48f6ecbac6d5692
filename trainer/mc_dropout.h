// How sure a trained network is of the validation part: several passes with dropout.
#pragma once

#include <cstdint>

#include "nas/candidate.h"
#include "trainer/torch_network.h"
#include "trainer/training_data.h"
#include "trainer/training_options.h"

namespace nas {

/// mc_dropout_metric_names() of the network's output, from `options.mc_dropout` passes over each record, drawn from
/// `seed`; nothing where that is 0. What the task's metrics leave out for these data is left out here. In the precision
/// of the options, without gradients. Sets torch's generator. Throws DataError.
[[nodiscard]] Metrics mc_dropout_metrics(const TorchNetwork& network, const TrainingData& data,
                                         const TrainingOptions& options, std::uint64_t seed);

}  // namespace nas
