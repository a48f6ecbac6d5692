// What a task computes with torch: its losses, and its metrics over a part of the data.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>

#include "nas/candidate.h"
#include "trainer/data_parallel.h"
#include "trainer/training_data.h"
#include "trainer/training_options.h"

namespace nas {

/// (output, targets of a Batch) -> mean loss, 0-dim. Outputs of classification, multi-label and
/// regression may have any shape behind the batch.
using LossFunction = std::function<at::Tensor(const at::Tensor& output, const at::Tensor& targets)>;

enum class LossUse { Training, Evaluation };  // Evaluation: without label smoothing and class weights

/// Gathers outputs and targets batch by batch; metrics are of all of them, whatever the batches.
struct Scorer {
  virtual ~Scorer() = default;
  virtual void add(const at::Tensor& output, const at::Tensor& targets) = 0;
  /// By the names of the task's row. What is not defined for these data (the AUC of a class that is
  /// not there) is left out.
  [[nodiscard]] virtual Metrics metrics() const = 0;
};

/// `parallel`: the mean is over the shares of all these processes. REQUIRES: check_training found nothing.
[[nodiscard]] LossFunction make_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                                     const DataParallel* parallel = nullptr);
[[nodiscard]] std::unique_ptr<Scorer> make_scorer(const TrainingData& data);

/// share * loss(targets) + (1 - share) * loss(other_targets), or the first where nothing is mixed.
[[nodiscard]] at::Tensor batch_loss(const LossFunction& loss, const at::Tensor& output, const Batch& batch);

// The tasks' own functions, each in its own file.
[[nodiscard]] LossFunction classification_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                                               const DataParallel* parallel);
[[nodiscard]] std::unique_ptr<Scorer> classification_scorer(const TrainingData& data);
[[nodiscard]] LossFunction multi_label_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                                            const DataParallel* parallel);
[[nodiscard]] std::unique_ptr<Scorer> multi_label_scorer(const TrainingData& data);
[[nodiscard]] LossFunction segmentation_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                                             const DataParallel* parallel);
[[nodiscard]] std::unique_ptr<Scorer> segmentation_scorer(const TrainingData& data);
[[nodiscard]] LossFunction regression_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                                           const DataParallel* parallel);
[[nodiscard]] std::unique_ptr<Scorer> regression_scorer(const TrainingData& data);
[[nodiscard]] std::unique_ptr<Scorer> restoration_scorer(const TrainingData& data);

}  // namespace nas
