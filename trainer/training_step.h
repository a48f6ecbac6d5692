// One step of a training: forward pass, loss, backward pass, update of the weights.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "nas/network.h"
#include "trainer/grad_scaler.h"
#include "trainer/optimizer.h"
#include "trainer/precision.h"
#include "trainer/rate_schedule.h"
#include "trainer/tasks/task_functions.h"
#include "trainer/torch_network.h"
#include "trainer/training_data.h"
#include "trainer/training_options.h"
#include "trainer/weight_average.h"

namespace nas {

/// What all steps of a training share, and all that they change but the network's own tensors. Used from one thread.
class TrainingStep {
 public:
  /// `network` is built from `graph` and outlives this, as `parallel` does: the processes that train together, or null.
  TrainingStep(TorchNetwork& network, const Network& graph, const TrainingOptions& options, const TrainingData& data,
               ScheduleLength length, DataParallel* parallel = nullptr);

  /// From now on each batch is taken in so many parts of nearly equal size, whose gradients are added: those of the
  /// batch's mean loss, as far as the loss is a mean over records (not Dice, and class weights count within a part).
  /// REQUIRES: 1 where there are other processes.
  void set_micro_batches(std::int64_t parts) { micro_batches_ = parts; }

  /// Step `number` of the training, from 0. Gives the loss before the update, of all processes' shares of the batch:
  /// that of the output and of each exit times its weight; 0-dim float32, which may still be computed on the device.
  at::Tensor run(const Batch& batch, std::int64_t number);

  /// The larger one of the first step's loss and that of outputs of zeros on its batch (all classes alike, the mean of
  /// numbers). Of no value before the first step. Waits for the device.
  [[nodiscard]] double first_loss() const { return first_loss_.item<double>(); }

  /// Optimiser, scaler, average, first loss; by names for a checkpoint. Shared, not copied.
  [[nodiscard]] std::vector<NamedTensor> state() const;

  /// Null where there is none.
  [[nodiscard]] const WeightAverage* average() const { return average_ ? &*average_ : nullptr; }

 private:
  [[nodiscard]] at::Tensor run_part(const Batch& part, double share, std::int64_t number);
  [[nodiscard]] at::Tensor loss_of(const std::vector<at::Tensor>& outputs, const Batch& batch) const;
  void keep_first_loss(const std::vector<at::Tensor>& outputs, const Batch& batch, const at::Tensor& loss);
  void update(std::int64_t number);

  TorchNetwork& network_;
  const Network& graph_;
  TrainingOptions options_;
  ScheduleLength length_;
  std::int64_t micro_batches_ = 1;
  Precision precision_;
  DataParallel* parallel_;
  LossFunction loss_;
  std::vector<at::Tensor> parameters_;
  std::unique_ptr<Optimizer> optimizer_;
  std::optional<GradScaler> scaler_;
  std::optional<WeightAverage> average_;
  at::Tensor first_loss_;  // 0-dim float64
};

}  // namespace nas
