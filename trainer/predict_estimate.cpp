#include "trainer/predict_estimate.h"

#include <ATen/TensorOperators.h>
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

Estimate Estimator::estimate(const PredictNetwork& network, const at::Tensor& input, std::int64_t passes,
                             const RegionBox* kept) const {
  const auto forward = [&](Mode mode) {
    return meaning(kept == nullptr ? network.forward(input, mode) : network.forward_part(input, mode, *kept));
  };
  if (passes == 0) return {.values = forward(Mode::Evaluation)};
  PassAverage average(preprocessing_.task);
  for (std::int64_t pass = 0; pass < passes; ++pass) average.add(forward(Mode::Sampling));
  return average.estimate();
}

}  // namespace nas
