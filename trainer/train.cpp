#include "trainer/train.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/util/Exception.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <iterator>
#include <memory>
#include <span>
#include <tuple>

#include "nas/operation.h"
#include "trainer/checkpoint.h"
#include "trainer/device.h"
#include "trainer/early_stop.h"
#include "trainer/energy_metrics.h"
#include "trainer/energy_source.h"
#include "trainer/latency.h"
#include "trainer/mc_dropout.h"
#include "trainer/precision.h"
#include "trainer/torch_network.h"
#include "trainer/train_within_memory.h"
#include "trainer/training_check.h"
#include "trainer/training_epoch.h"
#include "trainer/training_step.h"
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

CountedEnergy sum_over(const DataParallel& parallel, const CountedEnergy& counted, c10::Device device) {
  at::Tensor sums = at::tensor({counted.net_joules, counted.gross_joules}, at::kDouble).to(device);
  parallel.sum(sums);
  sums = sums.cpu();
  return {sums[0].item<double>(), sums[1].item<double>()};
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
        parallel_(job.parallel.place.size > 1 ? std::make_unique<DataParallel>(job.parallel, device) : nullptr),
        step_(network_, job.network, job.training, data, schedule_length(job, data), parallel_.get()),
        suffixes_(metric_suffixes(job.network)),
        keeper_(job.checkpoints, job.training, job.full_epochs, events.on_note) {
    network_.recompute(job.memory.recompute);
    step_.set_micro_batches(job.memory.micro_batches);
  }

  TrainingOutcome run() {
    go_on_from_checkpoint();
    events_.on_epoch(0, {});
    Verdict verdict = Verdict::GoOn;
    for (std::size_t i = 0; verdict == Verdict::GoOn && i < position_.curve.size(); ++i) verdict = report(i);
    while (verdict == Verdict::GoOn && position_.epoch < job_.training.epochs) {
      if (const auto end = run_epoch(position_.epoch + 1)) return *end;
      verdict = report(position_.curve.size() - 1);
      keep_checkpoint(verdict);
      if (verdict == Verdict::GoOn && position_.epoch < job_.training.epochs && is_interrupted()) return leave();
    }
    return result(verdict);
  }

 private:
  enum class Verdict { GoOn, Converged, Stopped };  // Stopped: by the rule

  static ScheduleLength schedule_length(const TrainingJob& job, const TrainingData& data) {
    const std::int64_t an_epoch = steps_an_epoch(data, job.training, job.parallel.place);
    return {an_epoch * std::max(job.training.epochs, job.full_epochs), an_epoch};
  }

  /// All that training changes, by names that a checkpoint knows them by.
  std::vector<NamedTensor> tensors() const {
    std::vector<NamedTensor> all = network_.parameters();
    std::ranges::move(network_.buffers(), std::back_inserter(all));
    std::ranges::move(step_.state(), std::back_inserter(all));
    return all;
  }

  void go_on_from_checkpoint() {
    const auto restore = [this](std::string_view content) -> Result<Unit> {
      auto position = restore_checkpoint(content, tensors(), job_.checkpoints.fingerprint, job_.training.epochs);
      if (!position) return position.error();
      position_ = std::move(*position);
      return Unit{};
    };
    std::ignore = keeper_.restore_newest(restore);
  }

  /// Of the point at `index` of the curve, which it says, and whether training ends with it.
  Verdict report(std::size_t index) {
    const CurvePoint& point = position_.curve[index];
    events_.on_epoch(point.epoch, point.metrics);
    const bool is_last = point.epoch >= job_.training.epochs;
    end_ = index;
    if (!is_last && job_.stop_rule && stops(*job_.stop_rule, point.epoch, metrics_at(point))) return Verdict::Stopped;
    const std::span<const CurvePoint> so_far(position_.curve.data(), index + 1);
    const bool converged = has_converged(so_far, data_.facts.task, job_.training.patience);
    return converged ? Verdict::Converged : Verdict::GoOn;
  }

  /// One that has converged is kept as the last epoch is, for those that carry it on: they end there too.
  void keep_checkpoint(Verdict verdict) {
    const std::int32_t epoch = position_.epoch;
    const bool is_end = verdict == Verdict::Converged;
    if (verdict == Verdict::Stopped || !is_first()) return;
    if (!keeper_.due(is_end ? static_cast<std::int32_t>(job_.training.epochs) : epoch)) return;
    write_checkpoint(position_);
  }

  void write_checkpoint(const TrainingPosition& position) {
    keeper_.keep(position.epoch, position.next.steps,
                 checkpoint_bytes(position, tensors(), job_.checkpoints.fingerprint));
  }

  bool is_interrupted() const { return events_.is_interrupted && events_.is_interrupted(); }

  Interrupted leave() {
    if (keeper_.keeps()) write_checkpoint(position_);
    return {};
  }

  AfterStep after_step() const {
    if (is_interrupted()) return AfterStep::Leave;
    return is_first() && keeper_.due_within_epoch() ? AfterStep::Keep : AfterStep::GoOn;
  }

  /// Of an epoch under way that began at `start` or was gone on with then.
  void keep_within_epoch(const EpochProgress& progress, Clock::time_point start) {
    if (!keeper_.keeps()) return;
    TrainingPosition now = position_;
    now.next = progress;
    now.train_seconds += seconds_since(start);
    end_stretch();
    now.energy = now.energy + of_epoch_;
    now.peak_memory_bytes = std::max(now.peak_memory_bytes, static_cast<double>(peak_memory_bytes(device_)));
    write_checkpoint(now);
    begin_stretch();
  }

  TrainingResult result(Verdict verdict) const {
    TrainingResult result{metrics_at(position_.curve[end_]), verdict == Verdict::Stopped};
    if (verdict == Verdict::Stopped || !is_first()) return result;
    const AveragedWeights averaged(step_.average());
    result.metrics.merge(latency_metrics(network_, job_.network.shape_of(0), job_.training, device_));
    result.metrics.merge(mc_dropout_metrics(network_, data_, job_.training, job_.seed));
    result.metrics.merge(inference_energy_metrics(network_, job_.network, job_.training, device_, job_.energy));
    if (events_.on_trained) result.metrics.merge(events_.on_trained(network_));
    return result;
  }

  /// The metrics of the result, if this epoch is the last.
  Metrics metrics_at(const CurvePoint& point) const {
    Metrics metrics = point.metrics;
    const double seconds = position_.train_seconds;
    metrics["train_seconds"] = seconds;
    metrics["images_per_second"] = seconds > 0 ? static_cast<double>(position_.images) / seconds : 0;
    metrics["peak_memory_bytes"] = position_.peak_memory_bytes;
    metrics.merge(train_energy_metrics(job_.network, job_.training,
                                       to_string(choose_precision(job_.training.precision, device_)), position_.energy,
                                       amount()));
    return metrics;
  }

  TrainingAmount amount() const {
    return {.records = static_cast<double>(position_.images),
            .steps = static_cast<double>(position_.steps),
            .seconds = position_.train_seconds,
            .recomputed_share = job_.memory.recomputed_share,
            .micro_batches = static_cast<double>(job_.memory.micro_batches),
            .states = static_cast<double>(optimizer_states(job_.training))};
  }

  void begin_stretch() {
    if (job_.energy != nullptr) job_.energy->begin();
  }

  /// Of steps that have just ended, by this process.
  void end_stretch() {
    if (job_.energy == nullptr) return;
    const EnergyUse use = job_.energy->end();
    of_epoch_ = of_epoch_ + CountedEnergy{net_joules(use, job_.energy->idle_watts()), use.gross_joules};
  }

  /// Of an epoch's steps, over all processes.
  void count_energy() {
    if (!is_counted(job_.training.energy.source)) return;
    end_stretch();
    position_.energy = position_.energy + (parallel_ ? sum_over(*parallel_, of_epoch_, device_) : of_epoch_);
  }

  /// Trains, validates, and puts the epoch into the position; gives what ends the training.
  std::optional<TrainingOutcome> run_epoch(std::int32_t epoch) {
    of_epoch_ = {};
    begin_stretch();
    const Clock::time_point start = Clock::now();
    const EpochLosses losses =
        train_epoch(step_, data_, job_.training,
                    {.seed = job_.seed,
                     .epoch = epoch,
                     .first_step = position_.steps,
                     .place = job_.parallel.place,
                     .from = position_.next,
                     .after_step = [this] { return after_step(); },
                     .keep = [this, start](const EpochProgress& progress) { keep_within_epoch(progress, start); }});
    if (losses.left) return Interrupted{};
    share_buffers();
    position_.train_seconds += seconds_since(start);
    count_energy();
    position_.steps += losses.steps;
    position_.images += losses.records;
    if (!std::isfinite(losses.mean)) return not_finite(epoch, "training");
    if (is_hopeless(losses, step_.first_loss(), position_.steps)) return hopeless(epoch, losses);
    Metrics metrics = {{"train_loss", losses.mean}};
    const std::vector<Metrics> validations = validate();
    for (std::size_t i = 0; i < validations.size(); ++i) {
      if (!std::isfinite(validations[i].at("loss"))) return not_finite(epoch, "validation");
      for (const auto& [name, value] : validations[i]) metrics["val_" + name + suffixes_[i]] = value;
    }
    position_.epoch = epoch;
    position_.next = {};
    position_.curve.push_back({epoch, std::move(metrics)});
    const auto peak = static_cast<double>(peak_memory_bytes(device_));
    position_.peak_memory_bytes = std::max(position_.peak_memory_bytes, peak);
    return std::nullopt;
  }

  bool is_first() const { return !parallel_ || parallel_->is_first(); }

  /// Running statistics of batch norm that is not synchronised: the first process's are those that count.
  void share_buffers() {
    if (!parallel_) return;
    for (NamedTensor& buffer : network_.buffers()) parallel_->copy_from_first(buffer.tensor);
  }

  /// By the first process, for all of them.
  std::vector<Metrics> validate() const {
    std::vector<Metrics> outputs;
    if (is_first()) {
      const AveragedWeights averaged(step_.average());
      outputs = evaluate_part(network_, data_, data_.validation, job_.training);
    }
    if (parallel_) outputs = metrics_from_text(parallel_->text_from_first(text_of_metrics(outputs)));
    return outputs;
  }

  Failure not_finite(std::int32_t epoch, std::string_view which) const {
    return diverged(fmt::format("the {} loss is not finite in epoch {}", which, epoch));
  }

  Failure hopeless(std::int32_t epoch, const EpochLosses& losses) const {
    return diverged(fmt::format("the training loss is {:.3g} at the end of epoch {}, it was {:.3g} at the beginning",
                                losses.last_mean, epoch, step_.first_loss()));
  }

  Failure diverged(const std::string& what) const {
    return Failure{
        FailureType::Diverged,
        fmt::format("{} ({}, learning_rate={}), try a lower learning rate{}", what, job_.training.optimizer,
                    job_.training.learning_rate, job_.training.clip_norm > 0 ? "" : ", warmup_epochs or clip_norm"),
        {}};
  }

  const TrainingJob& job_;
  const TrainingData& data_;
  c10::Device device_;
  const TrainingEvents& events_;
  TorchNetwork network_;
  std::unique_ptr<DataParallel> parallel_;  // null: there are no others
  TrainingStep step_;
  std::vector<std::string> suffixes_;  // of metrics, by output
  CheckpointKeeper keeper_;
  TrainingPosition position_;
  CountedEnergy of_epoch_;  // by this process, in this epoch or what is left of it
  std::size_t end_ = 0;     // index in the curve of the last epoch that was reported
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

void prepare_torch(const TrainingJob& job, c10::Device device, const TrainingEvents& events) {
  at::set_num_threads(job.training.threads == TrainingOptions::kAutoThreads ? at::intraop_default_num_threads()
                                                                            : static_cast<int>(job.training.threads));
  const Precision precision = choose_precision(job.training.precision, device);
  set_global_precision(precision);
  if (const auto note = precision_note(job.training.precision, precision)) events.on_note(*note);
}

TrainingOutcome train_once(const TrainingJob& job, const TrainingData& data, c10::Device device,
                           const TrainingEvents& events) {
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
    outcome =
        Failure{FailureType::OutOfMemory, line + "; try a smaller batch_size or network, or accumulate: allow", {}};
  }
  release_cached_memory(device);
  return outcome;
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
  TrainingOptions whole = job.training;
  whole.epochs = std::max(whole.epochs, job.full_epochs);
  if (const auto error = check_training(whole, data.description)) return invalid(error->message);
  if (const auto error = check_sampling(job.training, job.network)) return invalid(error->message);
  prepare_torch(job, device, events);
  return train_within_memory(job, device, events, [&](const TrainingJob& attempt, const TrainingEvents& once) {
    return train_once(attempt, data, device, once);
  });
}

}  // namespace nas
