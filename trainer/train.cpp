#include "trainer/train.h"

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
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
#include "trainer/batch_reader.h"
#include "trainer/checkpoint.h"
#include "trainer/device.h"
#include "trainer/sgd.h"
#include "trainer/tasks/task_functions.h"
#include "trainer/torch_network.h"
#include "trainer/training_check.h"
#include "trainer/validation.h"

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

/// What follows a metric's name, of the outputs that are validated: nothing for the network's own.
std::vector<std::string> metric_suffixes(const Network& network) {
  std::vector<std::string> suffixes = {""};
  for (const Exit& exit : network.exits) {
    if (!exit.auxiliary) suffixes.push_back("." + exit.name);
  }
  return suffixes;
}

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
        loss_(make_loss(job.training, data, LossUse::Training)),
        order_(data.train.records.size()),
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
    TrainingResult result = result_at(position_.curve.back());
    if (events_.on_trained) result.metrics.merge(events_.on_trained(network_));
    return result;
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
    const std::vector<Metrics> validations = evaluate_part(network_, data_, data_.validation, job_.training);
    for (std::size_t i = 0; i < validations.size(); ++i) {
      if (!std::isfinite(validations[i].at("loss"))) return diverged(epoch, "validation");
      for (const auto& [name, value] : validations[i]) metrics["val_" + name + suffixes_[i]] = value;
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
    std::int64_t records = 0;
    const std::size_t most = std::min(order_.size(), batches_an_epoch() * batch_size());
    BatchReader reader(data_, data_.train, {order_.begin(), order_.begin() + static_cast<std::ptrdiff_t>(most)},
                       job_.training.batch_size);
    for (std::size_t b = 0; b < reader.batches(); ++b) {
      const Batch batch = training_batch(data_, reader.next(), job_.training.augmentation, augmentation_rng);
      const std::int64_t size = batch.inputs.size(0);
      total.add_(step(batch), static_cast<double>(size));
      records += size;
      // Reading a number back makes a GPU wait: seldom there.
      const bool look = device_.is_cpu() || b % kStepsBetweenLooks == 0;
      if (look && !std::isfinite(total.item<double>())) break;
    }
    position_.images += records;
    return total.item<double>() / static_cast<double>(records);
  }

  at::Tensor step(const Batch& batch) {
    const at::Tensor loss = training_loss(batch);
    loss.backward();
    optimizer_.step(scheduled_rate(job_.training, position_.steps++, full_steps_));
    return loss.detach();
  }

  /// The output's loss and each exit's times its weight; 0-dim.
  at::Tensor training_loss(const Batch& batch) const {
    const std::vector<at::Tensor> outputs = network_.forward_all(batch.inputs, Mode::Training);
    at::Tensor loss = batch_loss(loss_, outputs[0], batch);
    for (std::size_t i = 1; i < outputs.size(); ++i) {
      loss = loss.add(batch_loss(loss_, outputs[i], batch), job_.network.exits[i - 1].weight);
    }
    return loss;
  }

  Failure diverged(std::int32_t epoch, std::string_view which) const {
    return Failure{FailureType::Diverged,
                   fmt::format("the {} loss is not finite in epoch {} (learning_rate={}), try a lower learning rate",
                               which, epoch, job_.training.learning_rate),
                   {}};
  }

  static constexpr std::size_t kStepsBetweenLooks = 50;

  const TrainingJob& job_;
  const TrainingData& data_;
  c10::Device device_;
  const TrainingEvents& events_;
  TorchNetwork network_;
  Sgd optimizer_;
  std::vector<std::string> suffixes_;  // of metrics, by output
  LossFunction loss_;
  std::vector<std::int64_t> order_;
  CheckpointKeeper keeper_;
  std::int64_t full_steps_ = 0;
  TrainingPosition position_;
};

std::optional<Failure> check_output(const Network& network, std::int32_t node, std::string_view what,
                                    const DataDescription& data) {
  if (const auto mismatch = output_mismatch(data, network.shape_of(node))) {
    return invalid(fmt::format("{} ends in {}", what, *mismatch));
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

std::optional<Failure> check_trainable(const Network& network, const DataDescription& data) {
  if (network.shape_of(0) != data.input) {
    return invalid(
        fmt::format("the network takes {}, the inputs are {}", to_string(network.shape_of(0)), to_string(data.input)));
  }
  if (auto failure = check_output(network, network.output, "the network", data)) return failure;
  for (const Exit& exit : network.exits) {
    if (auto failure = check_output(network, exit.node, fmt::format("the exit '{}'", exit.name), data)) {
      return failure;
    }
  }
  if (!learns(network)) return invalid("the network has nothing to learn (no convolution, linear layer or batch norm)");
  return std::nullopt;
}

TrainingOutcome train(const TrainingJob& job, const TrainingData& data, c10::Device device,
                      const TrainingEvents& events) {
  if (auto failure = check_trainable(job.network, data.description)) return *failure;
  if (const auto error = check_training(job.training, data.description)) return invalid(error->message);
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
  } catch (const DataError& error) {
    outcome = invalid(error.what());
  }
  if (!out_of_memory.empty()) {
    const std::string line = out_of_memory.substr(0, out_of_memory.find('\n'));
    outcome = Failure{FailureType::OutOfMemory, line + "; try a smaller batch_size or network", {}};
  }
  release_cached_memory(device);
  return outcome;
}

}  // namespace nas
