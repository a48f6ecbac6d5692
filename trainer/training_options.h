// How a candidate is trained: the keys of `training:` in an experiment, and the `training` object
// of a job. Needs no torch, so that a whole experiment is checked before anything starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/option.h"
#include "trainer/energy_options.h"
#include "trainer/task.h"

namespace nas {

/// What happens to training records before they are seen.
struct AugmentationOptions {
  std::int64_t crop_padding = 0;  // pixels a side
  bool flip = false;              // left to right, with probability 1/2
  bool quarter_turns = false;
  std::int64_t time_shift = 0;  // positions
  double colour_jitter = 0;
  double input_noise = 0;   // in standard deviations
  std::int64_t cutout = 0;  // pixels a side
  double mixup = 0;         // both parameters of the beta distribution
  bool operator==(const AugmentationOptions&) const = default;
};

/// The defaults suit a first run on small images (28x28 or 32x32).
struct TrainingOptions {
  std::int64_t epochs = 3;
  std::int64_t batch_size = 128;
  std::string optimizer = "sgd";
  double learning_rate = 0.1;
  double momentum = 0.9;             // sgd, rmsprop
  bool nesterov = true;              // sgd
  double beta1 = 0.9;                // adamw
  double beta2 = 0.999;              // adamw
  double rms_decay = 0.9;            // rmsprop
  double epsilon = 1e-8;             // adamw, rmsprop
  std::string rms_form = "pytorch";  // rmsprop
  double weight_decay = 5e-4;
  bool decay_all = false;  // also biases, norms and slopes
  double clip_norm = 0;
  double ema_decay = 0;
  std::string schedule = "cosine";
  double warmup_epochs = 0;
  double step_epochs = 30;
  double step_factor = 0.1;
  std::string drop_path_schedule = "constant";
  std::int64_t patience = 0;  // epochs
  std::string precision = "fp32";
  std::string loss = "auto";
  double label_smoothing = 0;
  std::string class_weights = "none";
  AugmentationOptions augmentation{.crop_padding = 2, .flip = true};
  std::int64_t threads = kAutoThreads;
  std::string recompute = "none";
  std::int64_t recompute_every = kPlannedSegments;  // operations
  std::string accumulate = "none";
  double memory_gib = kDeviceMemory;
  std::int64_t latency_batch = 0;  // 0: latency is not measured
  EnergyOptions energy{};
  std::int64_t mc_dropout = 0;  // passes; 0: uncertainty is not measured
  std::int64_t checkpoint_epochs = 0;
  double checkpoint_minutes = 10;

  static constexpr std::int64_t kAutoThreads = 0;
  static constexpr std::int64_t kPlannedSegments = 0;
  static constexpr std::int64_t kDeviceMemory = 0;
  bool operator==(const TrainingOptions&) const = default;
};

/// Rows bound to this object's fields.
[[nodiscard]] Options options(TrainingOptions& training);

/// Keys of `training:` that a space's hyperparameter genes may set, in the order of the rows.
[[nodiscard]] const std::vector<std::string>& hyperparameter_names();

/// Metrics of a finished training, in the order of the documentation:
/// - val_NAME: each metric of the task, of the validation part after the last epoch
/// - val_loss: mean loss of the validation records, without label smoothing and class weights
/// - train_loss: mean loss over the last epoch's training records as they were seen
/// - train_seconds: wall clock of the training steps, loading data and validation left out
/// - images_per_second: training records (all epochs) / train_seconds
/// - peak_memory_bytes: most bytes that tensors held at once on the device while this job ran
/// Only where memory was saved: recomputed_share, of the operations' estimated cost, of what ran a second time
/// (0 to 1); micro_batches, in which each batch was trained.
[[nodiscard]] std::vector<std::string> trained_metric_names(TaskKind task);

/// Metrics that are measured where `latency_batch` is set, of one forward pass of the trained network:
/// latency_ms and latency_spread_ms, median and distance of the quartiles at batch 1;
/// latency_batch_ms and latency_batch_spread_ms at `latency_batch`. Empty where it is not.
[[nodiscard]] std::vector<std::string> latency_metric_names(const TrainingOptions& training);

/// Metrics that are measured where `mc_dropout` is set, of the validation part by that many passes of the trained
/// network with dropout (Gal & Ghahramani 2016), means over records (positions, labels):
/// - mc_NAME, mc_loss: each metric of the task and the loss, of the mean prediction of the passes
/// - classes, labels: mc_entropy, predictive entropy in nats, and mc_mutual_information of prediction and weights
///   (Houlsby et al. 2011, BALD), the part of the entropy that is due to not knowing the weights
/// - numbers: mc_deviation, standard deviation over the passes in the targets' unit
/// Empty where it is not.
[[nodiscard]] std::vector<std::string> mc_dropout_metric_names(const TrainingOptions& training, TaskKind task);

/// Metrics that are there beside the others where a candidate is trained by folds: val_NAME_std for each val_NAME, the
/// standard deviation over the folds (divided by their number - 1). Exits have
/// them too. Empty for 0 folds.
[[nodiscard]] std::vector<std::string> fold_metric_names(TaskKind task, std::int64_t folds);

/// Metrics of each point of the learning curve.
[[nodiscard]] std::vector<std::string> curve_metric_names(TaskKind task);

/// Reported for each exit too, as `val_accuracy.NAME`.
[[nodiscard]] std::vector<std::string> exit_metric_names(TaskKind task);

}  // namespace nas
