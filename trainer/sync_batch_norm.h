// Batch normalisation over the batch of all processes (as torch.nn.SyncBatchNorm, which the CPU lacks).
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>

#include "trainer/data_parallel.h"

namespace nas {

struct BatchNormTensors {
  std::optional<at::Tensor> weight;  // (channels), or none
  std::optional<at::Tensor> bias;
  at::Tensor mean;  // running; changed
  at::Tensor variance;
  double momentum = 0.1;
  double epsilon = 1e-5;
};

/// In training mode, (batch, channels, ...): this process's share of the batch; statistics are those of the whole. What
/// one process would compute of it, but for rounding. One exchange of 2 * channels numbers for each process each way.
[[nodiscard]] at::Tensor sync_batch_norm(const DataParallel& parallel, const at::Tensor& input, std::int64_t whole,
                                         const BatchNormTensors& tensors);

}  // namespace nas
