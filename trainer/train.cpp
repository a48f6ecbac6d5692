#include "trainer/train.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <numeric>

#include "nas/operation.h"
#include "nas/rng.h"
#include "trainer/checkpoint.h"
#include "trainer/device.h"
#include "trainer/sgd.h"
#include "trainer/torch_network.h"

namespace nas {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Failure invalid(std::string message) { return {FailureType::Invalid, std::move(message), {}}; }

/// Something on the way to the output has weights.
bool learns(const Network& network) {
  const std::vector<bool> used = used_nodes(network, {network.output});
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const Node& node = network.nodes[i];
    std::vector<Shape> inputs;
    for (const std::int32_t input : node.inputs) inputs.push_back(network.shape_of(input));
    if (used[i] && operation(node.op).params(node.attributes, inputs) > 0) return true;
  }
  return false;
}

/// (batch, classes) logits, float32, of the output and the exits.
std::vector<at::Tensor> logits_of(const TorchNetwork& network, const at::Tensor& images, Mode mode) {
  std::vector<at::Tensor> logits = network.forward_all(images, mode);
  for (at::Tensor& one : logits) one = one.flatten(1);
  return logits;
}

/// What follows a metric's name, of the outputs that are validated: nothing for the network's own.
std::vector<std::string> metric_suffixes(const Network& network) {
  std::vector<std::string> suffixes = {""};
  for (const Exit& exit : network.exits) {
    if (!exit.auxiliary) suffixes.push_back("." + exit.name);
  }
  return suffixes;
}

struct Validation {
  double loss = 0;      // nats
  double accuracy = 0;  // 0 to 1
};

/// The state of one training; destroyed as a whole, so that an out-of-memory leaves nothing behind.
class Training {
 public:
  Training(const TrainingJob& job, const TrainingData& data, c10::Device device, const TrainingEvents& events)
      : job_(job),
        data_(data),
        device_(device),
        events_(events),
        network_(job.network, job.seed, device),
        optimizer_(learnt(network_), job.training),
        suffixes_(metric_suffixes(job.network)),
        order_(static_cast<std::size_t>(data.train.pixels.size(0))),
        keeper_(job.checkpoints, job.training, job.full_epochs, events.on_note) {
    full_steps_ = static_cast<std::int64_t>(batches_an_epoch()) * std::max(job.training.epochs, job.full_epochs);
  }

  TrainingOutcome run() {
    go_on_from_checkpoint();
    events_.on_epoch(0, {});
    for (const CurvePoint& point : position_.curve) {
      if (report(point) == Verdict::Stop) return result_at(point);
    }
    while (position_.epoch < job_.training.epochs) {
      const std::int32_t epoch = position_.epoch + 1;
      const std::optional<Failure> failure = run_epoch(epoch);
      if (failure) return *failure;
      if (report(position_.curve.back()) == Verdict::Stop) return result_at(position_.curve.back());
      if (keeper_.due(epoch)) keeper_.keep(epoch, checkpoint_bytes(position_, tensors(), job_.checkpoints.fingerprint));
    }
    return result_at(position_.curve.back());
  }

 private:
  enum class Verdict { GoOn, Stop };

  /// All that training changes, by names that a checkpoint knows them by.
  std::vector<NamedTensor> tensors() const {
    std::vector<NamedTensor> all = network_.parameters();
    const std::vector<at::Tensor>& momentum = optimizer_.momentum();
    for (std::size_t i = 0; i < momentum.size(); ++i) all.push_back({"momentum." + all[i].name, momentum[i]});
    std::ranges::move(network_.buffers(), std::back_inserter(all));
    return all;
  }

  void go_on_from_checkpoint() {
    const auto restore = [this](std::string_view content) -> Result<Unit> {
      auto position = restore_checkpoint(content, tensors(), job_.checkpoints.fingerprint, job_.training.epochs);
      if (!position) return position.error();
      position_ = std::move(*position);
      return Unit{};
    };
    if (keeper_.restore_newest(restore)) optimizer_.go_on();
  }

  Verdict report(const CurvePoint& point) {
    events_.on_epoch(point.epoch, point.metrics);
    const bool stop = job_.stop_rule && stops(*job_.stop_rule, point.epoch, metrics_at(point));
    return stop ? Verdict::Stop : Verdict::GoOn;
  }

  TrainingResult result_at(const CurvePoint& last) const {
    return {metrics_at(last), last.epoch < job_.training.epochs};
  }

  /// The metrics of the result, if this epoch is the last.
  Metrics metrics_at(const CurvePoint& point) const {
    Metrics metrics = point.metrics;
    const double seconds = position_.train_seconds;
    metrics["train_seconds"] = seconds;
    metrics["images_per_second"] = seconds > 0 ? static_cast<double>(position_.images) / seconds : 0;
    metrics["peak_memory_bytes"] = position_.peak_memory_bytes;
    return metrics;
  }

  /// Trains, validates, and puts the epoch into the position.
  std::optional<Failure> run_epoch(std::int32_t epoch) {
    const Clock::time_point start = Clock::now();
    const double train_loss = train_epoch(epoch);
    position_.train_seconds += seconds_since(start);
    if (!std::isfinite(train_loss)) return diverged(epoch, "training");
    Metrics metrics = {{"train_loss", train_loss}};
    const std::vector<Validation> validations = validate();
    for (std::size_t i = 0; i < validations.size(); ++i) {
      if (!std::isfinite(validations[i].loss)) return diverged(epoch, "validation");
      metrics["val_loss" + suffixes_[i]] = validations[i].loss;
      metrics["val_accuracy" + suffixes_[i]] = validations[i].accuracy;
    }
    position_.epoch = epoch;
    position_.curve.push_back({epoch, std::move(metrics)});
    const auto peak = static_cast<double>(peak_memory_bytes(device_));
    position_.peak_memory_bytes = std::max(position_.peak_memory_bytes, peak);
    return std::nullopt;
  }

  static std::vector<at::Tensor> learnt(const TorchNetwork& network) {
    std::vector<at::Tensor> tensors;
    for (const NamedTensor& parameter : network.parameters()) tensors.push_back(parameter.tensor);
    return tensors;
  }

  std::size_t batch_size() const { return static_cast<std::size_t>(job_.training.batch_size); }

  /// A last batch of one image is left out: batch norm has no variance of one.
  std::size_t batches_an_epoch() const {
    const std::size_t rest = order_.size() % batch_size();
    return order_.size() / batch_size() + (rest > 1 ? 1 : 0);
  }

  /// Mean loss of the epoch's images; stops early once it is not finite.
  double train_epoch(std::int32_t epoch) {
    // Each epoch shuffles the order of the data, not the last epoch's, and has streams of its own:
    // it is a function of the weights and (seed, epoch). Dropout draws from torch's generator.
    at::manual_seed(Rng(job_.seed, static_cast<std::uint64_t>(epoch), Stream::Dropout).next());
    std::iota(order_.begin(), order_.end(), std::int64_t{0});
    Rng(job_.seed, static_cast<std::uint64_t>(epoch), Stream::Shuffle).shuffle(std::span(order_));
    Rng augmentation_rng(job_.seed, static_cast<std::uint64_t>(epoch), Stream::Augmentation);
    at::Tensor total = at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(device_));
    std::int64_t images = 0;
    for (std::size_t b = 0; b < batches_an_epoch(); ++b) {
      const std::size_t first = b * batch_size();
      const auto batch = std::span(order_).subspan(first, std::min(batch_size(), order_.size() - first));
      total.add_(step(batch, augmentation_rng), static_cast<double>(batch.size()));
      images += static_cast<std::int64_t>(batch.size());
      // Reading a number back makes a GPU wait: seldom there.
      const bool look = device_.is_cpu() || b % kStepsBetweenLooks == 0;
      if (look && !std::isfinite(total.item<double>())) break;
    }
    position_.images += images;
    return total.item<double>() / static_cast<double>(images);
  }

  at::Tensor step(std::span<const std::int64_t> images, Rng& augmentation_rng) {
    const Augmentation augmentation{job_.training.crop_padding, job_.training.flip};
    const Batch batch = training_batch(data_, images, augmentation, augmentation_rng);
    const at::Tensor loss = training_loss(batch);
    loss.backward();
    optimizer_.step(scheduled_rate(job_.training, position_.steps++, full_steps_));
    return loss.detach();
  }

  /// The output's loss and each exit's times its weight; 0-dim.
  at::Tensor training_loss(const Batch& batch) const {
    const auto loss_of = [&](const at::Tensor& logits) {
      return at::cross_entropy_loss(logits, batch.labels, {}, at::Reduction::Mean, kNoIgnored,
                                    job_.training.label_smoothing);
    };
    const std::vector<at::Tensor> logits = logits_of(network_, batch.images, Mode::Training);
    at::Tensor loss = loss_of(logits[0]);
    for (std::size_t i = 1; i < logits.size(); ++i) {
      loss = loss.add(loss_of(logits[i]), job_.network.exits[i - 1].weight);
    }
    return loss;
  }

  /// Of the output and of each exit that is not auxiliary.
  std::vector<Validation> validate() const {
    const at::NoGradGuard no_grad;
    const std::int64_t images = data_.validation.pixels.size(0);
    const auto outputs = static_cast<std::int64_t>(suffixes_.size());
    const at::Tensor loss = at::zeros({outputs}, at::TensorOptions().dtype(at::kDouble).device(device_));
    const at::Tensor right = at::zeros({outputs}, at::TensorOptions().dtype(at::kLong).device(device_));
    for (std::int64_t first = 0; first < images; first += job_.training.batch_size) {
      const Batch batch = validation_batch(data_, first, std::min(job_.training.batch_size, images - first));
      const std::vector<at::Tensor> logits = logits_of(network_, batch.images, Mode::Evaluation);
      for (std::int64_t i = 0; i < outputs; ++i) {
        const at::Tensor& mine = logits[static_cast<std::size_t>(i)];
        loss[i].add_(at::cross_entropy_loss(mine, batch.labels, {}, at::Reduction::Sum));
        right[i].add_(mine.argmax(1).eq(batch.labels).sum());
      }
    }
    const auto count = static_cast<double>(images);
    std::vector<Validation> validations;
    for (std::int64_t i = 0; i < outputs; ++i) {
      validations.push_back(
          {loss[i].item<double>() / count, static_cast<double>(right[i].item<std::int64_t>()) / count});
    }
    return validations;
  }

  Failure diverged(std::int32_t epoch, std::string_view which) const {
    return Failure{FailureType::Diverged,
                   fmt::format("the {} loss is not finite in epoch {} (learning_rate={}), try a lower learning rate",
                               which, epoch, job_.training.learning_rate),
                   {}};
  }

  static constexpr std::size_t kStepsBetweenLooks = 50;
  static constexpr std::int64_t kNoIgnored = -100;

  const TrainingJob& job_;
  const TrainingData& data_;
  c10::Device device_;
  const TrainingEvents& events_;
  TorchNetwork network_;
  Sgd optimizer_;
  std::vector<std::string> suffixes_;  // of metrics, by output
  std::vector<std::int64_t> order_;
  CheckpointKeeper keeper_;
  std::int64_t full_steps_ = 0;
  TrainingPosition position_;
};

std::optional<Failure> check_output(const Network& network, std::int32_t node, std::string_view what,
                                    std::int64_t classes) {
  const Shape& shape = network.shape_of(node);
  if (shape.elements() != classes) {
    return invalid(fmt::format("{} gives {}, the data has {} classes", what, to_string(shape), classes));
  }
  if (!reached_nodes(network)[static_cast<std::size_t>(node)]) {
    return invalid(fmt::format("the output of {} does not depend on the input", what));
  }
  return std::nullopt;
}

void prepare_torch(const TrainingJob& job) {
  at::set_num_threads(job.training.threads == TrainingOptions::kAutoThreads ? at::intraop_default_num_threads()
                                                                            : static_cast<int>(job.training.threads));
}

}  // namespace

std::optional<Failure> check_trainable(const Network& network, const Shape& input, std::int64_t classes) {
  if (network.shape_of(0) != input) {
    return invalid(
        fmt::format("the network takes {}, the images are {}", to_string(network.shape_of(0)), to_string(input)));
  }
  if (auto failure = check_output(network, network.output, "the network", classes)) return failure;
  for (const Exit& exit : network.exits) {
    if (auto failure = check_output(network, exit.node, fmt::format("the exit '{}'", exit.name), classes)) {
      return failure;
    }
  }
  if (!learns(network)) return invalid("the network has nothing to learn (no convolution, linear layer or batch norm)");
  return std::nullopt;
}

TrainingOutcome train(const TrainingJob& job, const TrainingData& data, c10::Device device,
                      const TrainingEvents& events) {
  if (auto failure = check_trainable(job.network, data.input, data.classes)) return *failure;
  prepare_torch(job);
  reset_peak_memory(device);
  TrainingOutcome outcome = Failure{FailureType::OutOfMemory, {}, {}};
  // The failure is made after the catch block: the exception keeps tensors alive.
  std::string out_of_memory;
  try {
    Training training(job, data, device, events);
    outcome = training.run();
  } catch (const c10::OutOfMemoryError& error) {
    out_of_memory = error.what_without_backtrace();
  } catch (const std::bad_alloc&) {
    out_of_memory = "out of memory";
  }
  if (!out_of_memory.empty()) {
    const std::string line = out_of_memory.substr(0, out_of_memory.find('\n'));
    outcome = Failure{FailureType::OutOfMemory, line + "; try a smaller batch_size or network", {}};
  }
  release_cached_memory(device);
  return outcome;
}

}  // namespace nas
