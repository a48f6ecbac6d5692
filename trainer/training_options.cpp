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
}  // namespace

Options options(TrainingOptions& training) {
  return {
      {.name = "epochs",
       .target = &training.epochs,
       .help = "passes over the training images: the budget of a candidate",
       .min = 1,
       .max = kMaxEpochs},
      {.name = "batch_size", .target = &training.batch_size, .help = "images a step", .min = 2, .max = kMaxBatch},
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
      {.name = "crop_padding",
       .target = &training.crop_padding,
       .help = "pixels of zeros a side before a random crop to the old size; 0: no crop",
       .min = 0,
       .max = 64},
      {.name = "flip", .target = &training.flip, .help = "mirror every other training image left to right, at random"},
      {.name = "label_smoothing",
       .target = &training.label_smoothing,
       .help = "share of the target that is spread over all classes (Szegedy et al. 2016)",
       .min = 0,
       .max = 1},
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

const std::vector<std::string>& trained_metric_names() {
  static const std::vector<std::string> names = {"val_accuracy",  "val_loss",          "train_loss",
                                                 "train_seconds", "images_per_second", "peak_memory_bytes"};
  return names;
}

const std::vector<std::string>& curve_metric_names() {
  static const std::vector<std::string> names = {"train_loss", "val_loss", "val_accuracy"};
  return names;
}

const std::vector<std::string>& exit_metric_names() {
  static const std::vector<std::string> names = {"val_loss", "val_accuracy"};
  return names;
}

}  // namespace nas
