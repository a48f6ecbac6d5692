// Training options against the data they are for. Needs no torch.
#pragma once

#include <optional>

#include "nas/network.h"
#include "nas/result.h"
#include "trainer/data_options.h"
#include "trainer/training_options.h"

namespace nas {

/// What can't be trained so: a batch larger than the data, a loss of another task, a warm-up longer than the training
/// (`epochs` are those that schedules are made for), an augmentation that the inputs have no axes for. The message
/// begins with the key at fault (`training.loss: `).
[[nodiscard]] std::optional<Error> check_training(const TrainingOptions& training, const DataDescription& data);

/// What `mc_dropout` can't measure of this network: nothing between its input and its output drops anything. Its mutual
/// information would be 0 whatever it is sure of, which a search would take for the best there is.
[[nodiscard]] std::optional<Error> check_sampling(const TrainingOptions& training, const Network& network);

}  // namespace nas
