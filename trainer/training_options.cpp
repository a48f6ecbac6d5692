#include "trainer/training_options.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace nas {

namespace {
constexpr double kMaxEpochs = 100'000;
constexpr double kMaxBatch = 65'536;
constexpr double kMaxThreads = 1'024;
constexpr double kMaxMinutes = 100'000;
constexpr double kMaxSegment = 1e6;
constexpr double kMinGib = 1e-3;
constexpr double kMaxGib = 1e6;
constexpr double kMaxPasses = 10'000;
constexpr double kMostDecay = 0.9999999;  // a moving average moves
constexpr double kLeastStepEpochs = 0.001;

/// The search sets the budget, the machine the threads and the memory; how often a training is
/// written down and what is measured after it change nothing of it.
constexpr std::array<std::string_view, 15> kNoHyperparameters = {
    "epochs",          "threads",      "checkpoint_epochs", "checkpoint_minutes", "recompute",
    "recompute_every", "accumulate",   "memory_gib",        "latency_batch",      "mc_dropout",
    "energy",          "energy_batch", "energy_mac_pj",     "energy_byte_pj",     "energy_static_watts"};

Options augmentation_rows(AugmentationOptions& augmentation) {
  return {
      {.name = "crop_padding",
       .target = &augmentation.crop_padding,
       .help = "images: pixels of zeros a side before a random crop to the old size; 0: no crop",
       .min = 0,
       .max = 64},
      {.name = "flip",
       .target = &augmentation.flip,
       .help = "images: mirror every other training image left to right, at random"},
      {.name = "quarter_turns",
       .target = &augmentation.quarter_turns,
       .help = "square images: turn by 0, 90, 180 or 270 degrees, at random"},
      {.name = "time_shift",
       .target = &augmentation.time_shift,
       .help = "signals: move by up to so many positions either way, zeros move in; 0: no shift",
       .min = 0,
       .max = 1e6},
      {.name = "colour_jitter",
       .target = &augmentation.colour_jitter,
       .help = "images: brightness, contrast and (of 3 channels) saturation times random factors from 1 - this to 1 + "
               "this",
       .min = 0,
       .max = 1},
      {.name = "input_noise",
       .target = &augmentation.input_noise,
       .help = "standard deviation of Gaussian noise that is added to normalised inputs",
       .min = 0,
       .max = 100},
      {.name = "cutout",
       .target = &augmentation.cutout,
       .help = "images: side of a square at a random place that is set to the mean (DeVries and Taylor 2017); 0: none",
       .min = 0,
       .max = 4096},
      {.name = "mixup",
       .target = &augmentation.mixup,
       .help = "parameter of the beta distribution by which pairs of records are mixed (Zhang et al. 2018); 0: none",
       .min = 0,
       .max = 100},
  };
}

Options optimizer_rows(TrainingOptions& training) {
  return {
      {.name = "optimizer",
       .target = &training.optimizer,
       .help = "how weights are updated: stochastic gradient descent with momentum, AdamW (Loshchilov and Hutter "
               "2019), RMSprop (Tieleman and Hinton 2012)",
       .choices = {"sgd", "adamw", "rmsprop"}},
      {.name = "learning_rate",
       .target = &training.learning_rate,
       .help =
           "step size, the highest one of the schedule; adamw and rmsprop want about 0.001. A training fails as "
           "diverged where its loss is not finite, or where the loss of an epoch's last quarter is above 10 times that "
           "of the first step and of a constant prediction (from the 20th step on)",
       .min = 0},
      {.name = "momentum",
       .target = &training.momentum,
       .help = "sgd, rmsprop: share of the last update that goes on",
       .min = 0,
       .max = 1},
      {.name = "nesterov",
       .target = &training.nesterov,
       .help = "sgd: Nesterov's form of momentum (as Sutskever et al. 2013); the plain one if false"},
      {.name = "beta1",
       .target = &training.beta1,
       .help = "adamw: decay of the mean gradient, a step",
       .min = 0,
       .max = kMostDecay},
      {.name = "beta2",
       .target = &training.beta2,
       .help = "adamw: decay of the mean squared gradient, a step",
       .min = 0,
       .max = kMostDecay},
      {.name = "rms_decay",
       .target = &training.rms_decay,
       .help = "rmsprop: decay of the mean squared gradient, a step",
       .min = 0,
       .max = kMostDecay},
      {.name = "epsilon",
       .target = &training.epsilon,
       .help = "adamw, rmsprop: added to what the gradient is divided by",
       .min = 0,
       .max = 1},
      {.name = "rms_form",
       .target = &training.rms_form,
       .help =
           "rmsprop: tensorflow has epsilon inside the square root, a mean square that starts at 1, and the learning "
           "rate inside the momentum, as MnasNet and EfficientNet were trained (there with epsilon 0.001)",
       .choices = {"pytorch", "tensorflow"}},
      {.name = "weight_decay",
       .target = &training.weight_decay,
       .help = "sgd, rmsprop: L2 penalty, added to the gradient as weight_decay * weight; adamw: weights shrink by "
               "rate * weight_decay",
       .min = 0},
      {.name = "decay_all",
       .target = &training.decay_all,
       .help =
           "weight decay of biases, normalisations and other tensors of one axis too; false: of the others alone (He "
           "et al. 2019, Bag of Tricks)"},
      {.name = "clip_norm",
       .target = &training.clip_norm,
       .help =
           "gradients are scaled down to this norm of all of them together where it is larger (Pascanu et al. 2013); "
           "0: never",
       .min = 0},
      {.name = "ema_decay",
       .target = &training.ema_decay,
       .help = "validation and result use an exponential moving average of the weights and of batch norm's statistics "
               "with this decay, at step n at most (1 + n) / (10 + n), as TensorFlow has it; 0: the weights themselves",
       .min = 0,
       .max = kMostDecay},
  };
}

Options schedule_rows(TrainingOptions& training) {
  return {
      {.name = "schedule",
       .target = &training.schedule,
       .help =
           "of the learning rate: cosine falls to 0 over all steps (Loshchilov and Hutter 2017, no restarts); step "
           "multiplies it by step_factor every step_epochs; one_cycle rises from 1/25 of it within 30% of the steps "
           "and falls to almost 0 (Smith and Topin 2019)",
       .choices = {"cosine", "step", "one_cycle", "constant"}},
      {.name = "warmup_epochs",
       .target = &training.warmup_epochs,
       .help = "the learning rate rises in equal steps over so many epochs first (Goyal et al. 2017); 0: no warm-up",
       .min = 0,
       .max = kMaxEpochs},
      {.name = "step_epochs",
       .target = &training.step_epochs,
       .help = "schedule step: epochs of one learning rate, need not be whole",
       .min = kLeastStepEpochs,
       .max = kMaxEpochs},
      {.name = "step_factor",
       .target = &training.step_factor,
       .help = "schedule step: what the learning rate is multiplied by",
       .min = 0,
       .max = 1},
      {.name = "drop_path_schedule",
       .target = &training.drop_path_schedule,
       .help = "linear: the probability of the space's drop-path operations grows from 0 to theirs over all steps "
               "(ScheduledDropPath, Zoph et al. 2018)",
       .choices = {"constant", "linear"}},
      {.name = "patience",
       .target = &training.patience,
       .help =
           "a training ends, as if it had been trained to the end, after so many epochs without a lower val_loss or "
           "a better first metric of the task; 0: never (Prechelt 1998, Early Stopping)",
       .min = 0,
       .max = kMaxEpochs},
      {.name = "precision",
       .target = &training.precision,
       .help =
           "of the arithmetic, weights are kept in fp32: tf32 (CUDA devices; fp32 elsewhere), bf16, fp16 with dynamic "
           "loss scaling (Micikevicius et al. 2018); auto: bf16 where the device computes with it (CUDA capability "
           "8, AVX512-BF16, AMX), else fp32",
       .choices = {"fp32", "tf32", "bf16", "fp16", "auto"}},
  };
}

Options memory_rows(TrainingOptions& training) {
  return {
      {.name = "recompute",
       .target = &training.recompute,
       .help =
           "activations that are dropped and computed again in the backward pass (Chen et al. 2016); auto: as few as "
           "memory_gib asks for; all: segments that take the least memory, or those of recompute_every",
       .choices = {"none", "auto", "all"}},
      {.name = "recompute_every",
       .target = &training.recompute_every,
       .help = "recompute: all: operations in a segment; auto: where the fewest bytes live across",
       .min = 1,
       .max = kMaxSegment,
       .word = "auto",
       .word_value = TrainingOptions::kPlannedSegments},
      {.name = "accumulate",
       .target = &training.accumulate,
       .help =
           "allow: a training that runs out of memory though it recomputes is tried with batches in 2, 4, ... parts, "
           "whose gradients are added; batch norm then sees a part at a time, and the result says micro_batches",
       .choices = {"none", "allow"}},
      {.name = "memory_gib",
       .target = &training.memory_gib,
       .help =
           "GiB that tensors of one training may take, its data included; beyond it is out of memory; auto: what the "
           "device has free",
       .min = kMinGib,
       .max = kMaxGib,
       .word = "auto",
       .word_value = TrainingOptions::kDeviceMemory},
      {.name = "latency_batch",
       .target = &training.latency_batch,
       .help =
           "metrics latency_ms (batch 1) and latency_batch_ms (this batch), each with its spread, are measured after "
           "training, in the training's precision and threads; 0: not",
       .min = 0,
       .max = kMaxBatch},
      {.name = "mc_dropout",
       .target = &training.mc_dropout,
       .help = "passes with dropout over the validation part after training (Gal and Ghahramani 2016), from 2: metrics "
               "mc_entropy and mc_mutual_information (numbers: mc_deviation), mc_loss and the task's own of their mean "
               "prediction; a network without dropout then fails as invalid; 0: none",
       .min = 0,
       .max = kMaxPasses},
  };
}

std::vector<std::string> of_validation(TaskKind task) {
  std::vector<std::string> names = {"val_loss"};
  for (const TaskMetric& metric : task_row(task).metrics) names.push_back("val_" + std::string(metric.name));
  return names;
}

std::vector<std::string> with_auto(std::vector<std::string> names) {
  names.insert(names.begin(), "auto");
  return names;
}

}  // namespace

Options options(TrainingOptions& training) {
  Options rows = {
      {.name = "epochs",
       .target = &training.epochs,
       .help = "passes over the training records: the budget of a candidate",
       .min = 1,
       .max = kMaxEpochs},
      {.name = "batch_size", .target = &training.batch_size, .help = "records a step", .min = 2, .max = kMaxBatch},
      {.name = "loss",
       .target = &training.loss,
       .help = "what is minimised; auto: the first of the task's losses (docs/data.md)",
       .choices = with_auto(loss_names())},
      {.name = "label_smoothing",
       .target = &training.label_smoothing,
       .help = "classification: share of the target that is spread over all classes (Szegedy et al. 2016)",
       .min = 0,
       .max = 1},
      {.name = "class_weights",
       .target = &training.class_weights,
       .help = "classification: balanced weighs a record by records / (classes * records of its class) in the loss",
       .choices = {"none", "balanced"}},
      {.name = "threads",
       .target = &training.threads,
       .help = "CPU threads of one trainer; auto shares the cores among the workers",
       .min = 1,
       .max = kMaxThreads,
       .word = "auto",
       .word_value = TrainingOptions::kAutoThreads},
      {.name = "checkpoint_epochs",
       .target = &training.checkpoint_epochs,
       .help = "a training that is interrupted goes on from its last checkpoint, made after every so many epochs; 0: "
               "only by checkpoint_minutes",
       .min = 0,
       .max = kMaxEpochs},
      {.name = "checkpoint_minutes",
       .target = &training.checkpoint_minutes,
       .help = "a checkpoint so many minutes after the last one, also within an epoch; 0: only by checkpoint_epochs",
       .min = 0,
       .max = kMaxMinutes},
  };
  const auto insert_before = [&rows](std::string_view name, const Options& more) {
    rows.insert(std::ranges::find(rows, name, &Option::name), more.begin(), more.end());
  };
  insert_before("loss", optimizer_rows(training));
  insert_before("loss", schedule_rows(training));
  insert_before("threads", augmentation_rows(training.augmentation));
  insert_before("checkpoint_epochs", memory_rows(training));
  insert_before("checkpoint_epochs", energy_rows(training.energy));
  return rows;
}

const std::vector<std::string>& hyperparameter_names() {
  static const std::vector<std::string> names = [] {
    TrainingOptions training;
    std::vector<std::string> found;
    for (const Option& option : options(training)) {
      if (std::ranges::find(kNoHyperparameters, option.name) == kNoHyperparameters.end()) found.push_back(option.name);
    }
    return found;
  }();
  return names;
}

std::vector<std::string> trained_metric_names(TaskKind task) {
  std::vector<std::string> names = of_validation(task);
  names.insert(names.end(), {"train_loss", "train_seconds", "images_per_second", "peak_memory_bytes"});
  return names;
}

std::vector<std::string> latency_metric_names(const TrainingOptions& training) {
  if (training.latency_batch == 0) return {};
  return {"latency_ms", "latency_spread_ms", "latency_batch_ms", "latency_batch_spread_ms"};
}

std::vector<std::string> mc_dropout_metric_names(const TrainingOptions& training, TaskKind task) {
  if (training.mc_dropout == 0) return {};
  std::vector<std::string> names = {"mc_loss"};
  for (const TaskMetric& metric : task_row(task).metrics) names.push_back("mc_" + std::string(metric.name));
  if (task == TaskKind::Regression || task == TaskKind::Restoration) {
    names.emplace_back("mc_deviation");
  } else {
    names.insert(names.end(), {"mc_entropy", "mc_mutual_information"});
  }
  return names;
}

std::vector<std::string> fold_metric_names(TaskKind task, std::int64_t folds) {
  if (folds == 0) return {};
  std::vector<std::string> names = of_validation(task);
  for (std::string& name : names) name += "_std";
  return names;
}

std::vector<std::string> curve_metric_names(TaskKind task) {
  std::vector<std::string> names = of_validation(task);
  names.insert(names.begin(), "train_loss");
  return names;
}

std::vector<std::string> exit_metric_names(TaskKind task) { return of_validation(task); }

}  // namespace nas
