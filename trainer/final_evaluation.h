// What a final training does that no candidate of a search does: it leaves its weights, and is
// judged by the test part.
#pragma once

#include <filesystem>

#include "nas/candidate.h"
#include "nas/result.h"
#include "trainer/torch_network.h"
#include "trainer/training_data.h"

namespace nas {

/// Of one job.
struct FinalPlan {
  std::filesystem::path weights;  // a safetensors file by the names of the graph; empty: none
  bool test = false;              // the data's test part, once
  [[nodiscard]] bool is_empty() const { return weights.empty() && !test; }
};

/// The test part in the place of the validation part, as a network that was trained on `training`
/// sees it: normalised by the training part of that. Error: there is none, or it is damaged.
[[nodiscard]] Result<TrainingData> load_test_data(const DataOptions& options, const TrainingData& training);

/// Weights, then running statistics, as a safetensors file, durably. Error: it can't be written.
[[nodiscard]] Result<Unit> write_weights(std::span<const NamedTensor> tensors, const std::filesystem::path& file);

/// `test_NAME` for each metric of the task and the loss, with `.EXIT` for those of exits.
[[nodiscard]] Metrics test_metrics(const TorchNetwork& network, const Network& graph, const TrainingData& test,
                                   const TrainingOptions& training);

}  // namespace nas
