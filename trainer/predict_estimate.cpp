#include "trainer/predict_estimate.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>

#include <utility>

namespace nas {
namespace {

at::Tensor vector_of(const std::vector<double>& numbers, at::Device device) {
  at::Tensor tensor = at::empty({static_cast<std::int64_t>(numbers.size())}, at::kFloat);
  for (std::size_t i = 0; i < numbers.size(); ++i) tensor.mutable_data_ptr<float>()[i] = static_cast<float>(numbers[i]);
  return tensor.to(device);
}

/// (channels) for tensors of (batch, channels, ...).
at::Tensor beside(const at::Tensor& channels, const at::Tensor& values) {
  std::vector<std::int64_t> sizes(static_cast<std::size_t>(values.dim()), 1);
  sizes[1] = channels.size(0);
  return channels.view(sizes);
}

/// -p log p, 0 where p is 0.
at::Tensor surprise(const at::Tensor& p) {
  constexpr double kSmallest = 1e-38;
  return -(p * p.clamp_min(kSmallest).log());
}

}  // namespace

ChannelScaler::ChannelScaler(const ChannelScaling& scaling, at::Device device)
    : scale_(vector_of(scaling.scale, device)), offset_(vector_of(scaling.offset, device)) {}

at::Tensor ChannelScaler::apply(const at::Tensor& stored) const {
  return stored.mul(beside(scale_, stored)).add_(beside(offset_, stored));
}

at::Tensor ChannelScaler::undo(const at::Tensor& scaled) const {
  return scaled.sub(beside(offset_, scaled)).div_(beside(scale_, scaled));
}

Estimator::Estimator(Preprocessing preprocessing, at::Device device)
    : preprocessing_(std::move(preprocessing)),
      device_(device),
      inputs_(preprocessing_.inputs, device),
      targets_(preprocessing_.targets, device) {}

at::Tensor Estimator::ready_input(const at::Tensor& stored) const {
  const at::Tensor values = inputs_.apply(stored.to(device_)).nan_to_num_(0);
  return values.dim() == 4 ? values.contiguous(at::MemoryFormat::ChannelsLast) : values;
}

at::Tensor Estimator::meaning(const at::Tensor& output) const {
  switch (preprocessing_.task) {
    case TaskKind::Classification:
      return output.flatten(1).softmax(1);
    case TaskKind::MultiLabel:
      return output.flatten(1).sigmoid();
    case TaskKind::Segmentation:
      return output.softmax(1);
    case TaskKind::Regression:
      return targets_.undo(output.flatten(1));
    case TaskKind::Restoration:
      return targets_.undo(output);
  }
  return output;
}

at::Tensor Estimator::entropy_of(const at::Tensor& p) const {
  if (preprocessing_.task == TaskKind::MultiLabel) return surprise(p) + surprise(1 - p);
  return surprise(p).sum(1);
}

Estimate Estimator::estimate(const PredictNetwork& network, const at::Tensor& input, std::int64_t passes) const {
  const at::NoGradGuard no_grad;
  if (passes == 0) return {.values = meaning(network.forward(input, Sampling::None))};
  const bool numbers = preprocessing_.task == TaskKind::Regression || preprocessing_.task == TaskKind::Restoration;
  at::Tensor mean;
  at::Tensor spread;  // classes: mean entropy; numbers: squared distances from the mean (Welford 1962)
  for (std::int64_t pass = 1; pass <= passes; ++pass) {
    const at::Tensor values = meaning(network.forward(input, Sampling::Dropout));
    if (pass == 1) {
      mean = values.clone();
      spread = numbers ? (values - values) : entropy_of(values);
      continue;
    }
    const at::Tensor before = values - mean;
    mean += before / static_cast<double>(pass);
    if (numbers) {
      spread += before * (values - mean);
    } else {
      spread += (entropy_of(values) - spread) / static_cast<double>(pass);
    }
  }
  Estimate made{.values = mean};
  if (numbers) {
    made.deviation = (spread / static_cast<double>(passes)).sqrt();
  } else {
    made.entropy = entropy_of(mean);
    made.mutual_information = (made.entropy - spread).clamp_min(0);
  }
  return made;
}

}  // namespace nas
