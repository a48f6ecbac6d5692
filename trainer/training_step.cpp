#include "trainer/training_step.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include <algorithm>
#include <iterator>

#include "trainer/clip_gradients.h"

namespace nas {
namespace {

std::vector<NamedTensor> learnt_and_measured(const TorchNetwork& network) {
  std::vector<NamedTensor> all = network.parameters();
  std::ranges::move(network.buffers(), std::back_inserter(all));
  return all;
}

/// Consecutive records, none by itself: batch norm has no variance of one.
std::vector<Batch> parts_of(const Batch& batch, std::int64_t parts) {
  const std::int64_t records = batch.inputs.size(0);
  parts = std::clamp<std::int64_t>(records / 2, 1, parts);
  if (parts == 1) return {batch};
  std::vector<Batch> split;
  for (std::int64_t i = 0; i < parts; ++i) {
    const std::int64_t begin = i * records / parts;
    const std::int64_t size = (i + 1) * records / parts - begin;
    Batch part = batch;
    for (at::Tensor* const tensor : {&part.inputs, &part.targets, &part.other_targets}) {
      if (tensor->defined()) *tensor = tensor->narrow(0, begin, size);
    }
    split.push_back(std::move(part));
  }
  return split;
}

}  // namespace

TrainingStep::TrainingStep(TorchNetwork& network, const Network& graph, const TrainingOptions& options,
                           const TrainingData& data, ScheduleLength length, DataParallel* parallel)
    : network_(network),
      graph_(graph),
      options_(options),
      length_(length),
      precision_(choose_precision(options.precision, data.device)),
      parallel_(parallel),
      loss_(make_loss(options, data, LossUse::Training, parallel)),
      optimizer_(make_optimizer(network.parameters(), options)),
      first_loss_(at::zeros({}, at::TensorOptions().dtype(at::kDouble).device(data.device))) {
  for (const NamedTensor& parameter : network.parameters()) parameters_.push_back(parameter.tensor);
  if (parallel_ != nullptr) parallel_->average_gradients(parameters_);
  if (precision_ == Precision::Fp16) scaler_.emplace(data.device);
  if (options_.ema_decay > 0) average_.emplace(learnt_and_measured(network), options_.ema_decay);
}

at::Tensor TrainingStep::run(const Batch& batch, std::int64_t number) {
  network_.set_drop_path_factor(scheduled_drop_path(options_, number, length_));
  at::Tensor loss;
  for (const Batch& part : parts_of(batch, micro_batches_)) {
    const double share = static_cast<double>(part.inputs.size(0)) / static_cast<double>(batch.inputs.size(0));
    const at::Tensor own = run_part(part, share, number);
    loss = loss.defined() ? loss + own : own;
  }
  update(number);
  return loss;
}

/// Gives its share of the batch's loss. The graph is gone before the next part begins.
at::Tensor TrainingStep::run_part(const Batch& part, double share, std::int64_t number) {
  if (parallel_ != nullptr) {
    network_.set_share(part.records, parallel_->synchronises_batch_norm() ? parallel_ : nullptr);
    parallel_->begin_forward();
  }
  const std::vector<at::Tensor> outputs = forward_in(precision_, network_, part.inputs, Mode::Training);
  const at::Tensor mean = loss_of(outputs, part);
  const at::Tensor loss = share == 1 ? mean : mean * share;
  if (parallel_ != nullptr) parallel_->begin_backward({loss});
  (scaler_ ? scaler_->scaled(loss) : loss).backward();
  if (number == 0) keep_first_loss(outputs, part, mean);
  return loss.detach();
}

at::Tensor TrainingStep::loss_of(const std::vector<at::Tensor>& outputs, const Batch& batch) const {
  at::Tensor loss = batch_loss(loss_, outputs[0], batch);
  for (std::size_t i = 1; i < outputs.size(); ++i) {
    loss = loss.add(batch_loss(loss_, outputs[i], batch), graph_.exits[i - 1].weight);
  }
  return loss;
}

void TrainingStep::keep_first_loss(const std::vector<at::Tensor>& outputs, const Batch& batch, const at::Tensor& loss) {
  const at::NoGradGuard no_grad;
  std::vector<at::Tensor> zeros;
  for (const at::Tensor& output : outputs) zeros.push_back(at::zeros_like(output));
  first_loss_.copy_(at::maximum(loss.detach(), loss_of(zeros, batch)));
}

void TrainingStep::update(std::int64_t number) {
  std::optional<at::Tensor> overflow;
  if (scaler_ || options_.clip_norm > 0) {
    std::vector<at::Tensor> gradients;
    for (const at::Tensor& parameter : parameters_) gradients.push_back(parameter.grad());
    if (scaler_) overflow = scaler_->unscale(gradients);
    if (options_.clip_norm > 0) clip_gradients(gradients, options_.clip_norm);
  }
  optimizer_->step(scheduled_rate(options_, number, length_), overflow);
  if (scaler_) scaler_->update();
  for (at::Tensor& parameter : parameters_) parameter.mutable_grad().reset();
  if (average_) average_->update(number + 1);
}

std::vector<NamedTensor> TrainingStep::state() const {
  std::vector<NamedTensor> all = optimizer_->state();
  if (scaler_) std::ranges::move(scaler_->state(), std::back_inserter(all));
  if (average_) std::ranges::move(average_->state(), std::back_inserter(all));
  all.push_back({"first_loss", first_loss_});
  return all;
}

}  // namespace nas
