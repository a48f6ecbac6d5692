#include "trainer/training_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace nas {

namespace {

std::optional<Error> check_loss(const TrainingOptions& training, const TaskRow& task) {
  const auto& losses = task.losses;
  const bool known = training.loss == "auto" || std::find(losses.begin(), losses.end(), training.loss) != losses.end();
  if (!known) {
    return Error{fmt::format("training.loss: {} is no loss of the task {}, which has {}", training.loss, task.name,
                             fmt::join(losses, ", "))};
  }
  if (task.kind == TaskKind::Classification) return std::nullopt;
  const char* const option = training.label_smoothing > 0       ? "label_smoothing"
                             : training.class_weights != "none" ? "class_weights"
                                                                : nullptr;
  if (option == nullptr) return std::nullopt;
  return Error{fmt::format("training.{}: is for classification, the task is {}", option, task.name)};
}

std::optional<Error> check_augmentation(const AugmentationOptions& options, const DataDescription& data) {
  const Shape& input = data.input;
  const auto failed = [&](const char* option, const char* wanted) {
    return Error{fmt::format("training.{}: is for {}, the inputs are {}", option, wanted, to_string(input))};
  };
  if (options.quarter_turns && (input.dims != 2 || input.size[0] != input.size[1])) {
    return failed("quarter_turns", "square images");
  }
  if (options.time_shift > 0 && input.dims != 1) return failed("time_shift", "signals (one axis of positions)");
  if (options.colour_jitter > 0 && input.dims != 2) return failed("colour_jitter", "images");
  if (options.cutout > 0 && input.dims != 2) return failed("cutout", "images");
  if (options.colour_jitter > 0 && data.task == TaskKind::Restoration) {
    return Error{"training.colour_jitter: would be restored too, remove it"};
  }
  return std::nullopt;
}

std::optional<Error> check_schedule(const TrainingOptions& training) {
  if (training.warmup_epochs == 0) return std::nullopt;
  if (training.schedule == "one_cycle") {
    return Error{fmt::format("training.warmup_epochs: {}, but the schedule one_cycle has a rise of its own, remove one",
                             training.warmup_epochs)};
  }
  if (training.warmup_epochs >= static_cast<double>(training.epochs)) {
    return Error{fmt::format("training.warmup_epochs: {} of {} epochs, nothing would be left of the schedule, try {}",
                             training.warmup_epochs, training.epochs, static_cast<double>(training.epochs) / 10)};
  }
  return std::nullopt;
}

}  // namespace

std::optional<Error> check_training(const TrainingOptions& training, const DataDescription& data) {
  if (training.batch_size > data.train) {
    return Error{fmt::format("training.batch_size: {}, but there are {} training records, try {}", training.batch_size,
                             data.train, std::max<std::int64_t>(2, data.train / 4))};
  }
  if (training.mc_dropout == 1) {
    return Error{"training.mc_dropout: 1 pass, nothing can be said of how far passes agree, try 20; 0: none"};
  }
  if (auto error = check_loss(training, task_row(data.task))) return error;
  if (auto error = check_schedule(training)) return error;
  return check_augmentation(training.augmentation, data);
}

std::optional<Error> check_sampling(const TrainingOptions& training, const Network& network) {
  if (training.mc_dropout == 0) return std::nullopt;
  const std::vector<bool> used = used_nodes(network, {network.output});
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    if (used[i] && node.op == Op::Dropout && node.attributes.rate > 0) return std::nullopt;
  }
  return Error{
      fmt::format("training.mc_dropout: {} passes, but the network has no dropout (all passes would agree), "
                  "give it a `dropout` before its last layer or leave mc_dropout out",
                  training.mc_dropout)};
}

}  // namespace nas
