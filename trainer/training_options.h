// How a candidate is trained: the keys of `training:` in an experiment, and the `training` object
// of a job. Needs no torch, so that a whole experiment is checked before anything starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/option.h"

namespace nas {

/// Stochastic gradient descent on cross entropy in fp32. The defaults suit a first run on small
/// images (28x28 or 32x32).
struct TrainingOptions {
  std::int64_t epochs = 3;
  std::int64_t batch_size = 128;
  std::string optimizer = "sgd";
  double learning_rate = 0.1;  // at the first step
  double momentum = 0.9;
  bool nesterov = true;
  double weight_decay = 5e-4;  // of every learnt number, biases and batch norm included
  std::string schedule = "cosine";
  std::int64_t crop_padding = 2;  // pixels a side
  bool flip = true;
  double label_smoothing = 0;
  std::int64_t threads = kAutoThreads;
  std::int64_t checkpoint_epochs = 0;
  double checkpoint_minutes = 10;

  static constexpr std::int64_t kAutoThreads = 0;
  bool operator==(const TrainingOptions&) const = default;
};

/// Rows bound to this object's fields.
[[nodiscard]] Options options(TrainingOptions& training);

/// Keys of `training:` that a space's hyperparameter genes may set, in the order of the rows.
[[nodiscard]] const std::vector<std::string>& hyperparameter_names();

/// Metrics of a finished training, in the order of the documentation:
/// - val_accuracy: share of the validation images classified right, 0 to 1, after the last epoch
/// - val_loss: mean cross entropy of the validation images, nats, without label smoothing
/// - train_loss: mean loss over the last epoch's training images as they were seen
/// - train_seconds: wall clock of the training steps, loading data and validation left out
/// - images_per_second: training images (all epochs) / train_seconds
/// - peak_memory_bytes: most bytes that tensors held at once on the device while this job ran
[[nodiscard]] const std::vector<std::string>& trained_metric_names();

/// Metrics of each point of the learning curve.
[[nodiscard]] const std::vector<std::string>& curve_metric_names();

/// Reported for each exit too, as `val_accuracy.NAME`.
[[nodiscard]] const std::vector<std::string>& exit_metric_names();

}  // namespace nas
