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

/// The search sets the budget, the machine the threads; how often a training is written down
/// changes nothing of it.
constexpr std::array<std::string_view, 4> kNoHyperparameters = {"epochs", "threads", "checkpoint_epochs",
                                                                "checkpoint_minutes"};

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
      {.name = "optimizer", .target = &training.optimizer, .help = "how weights are updated", .choices = {"sgd"}},
      {.name = "learning_rate",
       .target = &training.learning_rate,
       .help = "step size, at the first step if the schedule lowers it",
       .min = 0},
      {.name = "momentum",
       .target = &training.momentum,
       .help = "share of the last update that goes on",
       .min = 0,
       .max = 1},
      {.name = "nesterov",
       .target = &training.nesterov,
       .help = "Nesterov's form of momentum (as Sutskever et al. 2013); the plain one if false"},
      {.name = "weight_decay",
       .target = &training.weight_decay,
       .help = "L2 penalty, added to the gradient as weight_decay * weight",
       .min = 0},
      {.name = "schedule",
       .target = &training.schedule,
       .help = "of the learning rate: cosine falls to 0 over all steps (Loshchilov and Hutter 2017, no restarts)",
       .choices = {"cosine", "constant"}},
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
       .help = "a checkpoint after the first epoch that ends so many minutes after the last one; 0: only by "
               "checkpoint_epochs",
       .min = 0,
       .max = kMaxMinutes},
  };
  const Options more = augmentation_rows(training.augmentation);
  const auto threads = std::ranges::find(rows, "threads", &Option::name);
  rows.insert(threads, more.begin(), more.end());
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

std::vector<std::string> curve_metric_names(TaskKind task) {
  std::vector<std::string> names = of_validation(task);
  names.insert(names.begin(), "train_loss");
  return names;
}

std::vector<std::string> exit_metric_names(TaskKind task) { return of_validation(task); }

}  // namespace nas
