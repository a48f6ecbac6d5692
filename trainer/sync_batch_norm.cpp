#include "trainer/sync_batch_norm.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

namespace nas {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// All axes but the channels'.
std::vector<std::int64_t> other_axes(const at::Tensor& input) {
  std::vector<std::int64_t> axes = {0};
  for (std::int64_t axis = 2; axis < input.dim(); ++axis) axes.push_back(axis);
  return axes;
}

/// (channels) -> (1, channels, 1, ...).
at::Tensor along_channels(const at::Tensor& values, const at::Tensor& input) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(input.dim()), 1);
  sizes[1] = input.size(1);
  return values.view(sizes);
}

struct Statistics {
  at::Tensor mean;  // (channels) float64
  at::Tensor variance;
};

/// Of all processes' shares, by Chan, Golub and LeVeque 1983: no difference of large numbers.
Statistics statistics_of_all(const DataParallel& parallel, const at::Tensor& input, std::int64_t whole) {
  const auto axes = other_axes(input);
  const auto [variance, mean] = at::var_mean(input.to(at::kDouble), axes, /*unbiased=*/false);
  at::Tensor parts = at::zeros({parallel.place().size, 2, input.size(1)}, mean.options());
  parts[parallel.place().rank].copy_(at::stack({mean, variance}));
  parallel.sum(parts);
  Statistics all{at::zeros_like(mean), at::zeros_like(mean)};
  const auto share = [&](int rank) {
    return static_cast<double>(share_of(whole, {rank, parallel.place().size}).count) / static_cast<double>(whole);
  };
  for (int rank = 0; rank < parallel.place().size; ++rank) all.mean.add_(parts[rank][0], share(rank));
  for (int rank = 0; rank < parallel.place().size; ++rank) {
    all.variance.add_(parts[rank][1] + (parts[rank][0] - all.mean).square(), share(rank));
  }
  return all;
}

void update_running(const BatchNormTensors& tensors, const Statistics& batch, double count) {
  const double unbiased = count > 1 ? count / (count - 1) : 1;
  tensors.mean.mul_(1 - tensors.momentum).add_(batch.mean.to(at::kFloat), tensors.momentum);
  tensors.variance.mul_(1 - tensors.momentum).add_(batch.variance.to(at::kFloat), tensors.momentum * unbiased);
}

struct SyncBatchNorm : torch::autograd::Function<SyncBatchNorm> {
  /// `normalised` = (input - mean) / deviation, differentiated with the statistics.
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, const at::Tensor& mean,
                            const at::Tensor& scale, double count, std::int64_t parallel) {
    const at::Tensor normalised = (input - along_channels(mean, input)) * along_channels(scale, input);
    context->save_for_backward({normalised, scale});
    context->saved_data["count"] = count;
    context->saved_data["parallel"] = parallel;
    return normalised;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const variable_list saved = context->get_saved_variables();
    const at::Tensor& normalised = saved[0];
    const at::Tensor& gradient = gradients[0];
    const auto* const parallel = reinterpret_cast<const DataParallel*>(context->saved_data["parallel"].toInt());
    const auto axes = other_axes(normalised);
    at::Tensor sums = at::stack({gradient.sum(axes), (gradient * normalised).sum(axes)});
    parallel->sum(sums);
    const at::Tensor means = sums / context->saved_data["count"].toDouble();
    const at::Tensor inward =
        (gradient - along_channels(means[0], gradient) - normalised * along_channels(means[1], gradient)) *
        along_channels(saved[1], gradient);
    return {inward, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor sync_batch_norm(const DataParallel& parallel, const at::Tensor& input, std::int64_t whole,
                           const BatchNormTensors& tensors) {
  const auto count = static_cast<double>(whole) * static_cast<double>(input[0][0].numel());
  at::Tensor mean;
  at::Tensor scale;
  {
    const at::NoGradGuard no_grad;
    const Statistics batch = statistics_of_all(parallel, input, whole);
    update_running(tensors, batch, count);
    mean = batch.mean.to(at::kFloat);
    scale = batch.variance.add(tensors.epsilon).rsqrt().to(at::kFloat);
  }
  at::Tensor output = SyncBatchNorm::apply(input, mean, scale, count, reinterpret_cast<std::int64_t>(&parallel))
                          .to(input.scalar_type());
  if (tensors.weight) output = output * along_channels(*tensors.weight, output);
  if (tensors.bias) output = output + along_channels(*tensors.bias, output);
  return output;
}

}  // namespace nas
