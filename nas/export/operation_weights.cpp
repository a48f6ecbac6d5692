#include "nas/export/operation_weights.h"

namespace nas::detail {
namespace {

/// (rows, columns, kernel ...) and the bias of `channels` numbers.
std::vector<WeightShape> window_weights(std::int64_t rows, std::int64_t columns, const Attributes& a,
                                        std::size_t dims) {
  std::vector<WeightShape> weights = {{"weight", {rows, columns}}};
  for (std::size_t axis = 0; axis < dims; ++axis) weights.front().shape.push_back(a.kernel[axis]);
  if (a.bias) weights.push_back({"bias", {a.channels}});
  return weights;
}

}  // namespace

std::vector<WeightShape> conv_weights(const Attributes& a, Shapes inputs) {
  return window_weights(a.channels, inputs[0].channels / a.groups, a, inputs[0].dims);
}

std::vector<WeightShape> conv_transpose_weights(const Attributes& a, Shapes inputs) {
  return window_weights(inputs[0].channels, a.channels / a.groups, a, inputs[0].dims);
}

std::vector<WeightShape> linear_weights(const Attributes& a, Shapes inputs) {
  std::vector<WeightShape> weights = {{"weight", {a.channels, inputs[0].elements()}}};
  if (a.bias) weights.push_back({"bias", {a.channels}});
  return weights;
}

std::vector<WeightShape> norm_weights(const Attributes& a, Shapes inputs) {
  const std::int64_t channels = inputs[0].channels;
  if (!a.affine) return {};
  return {{"weight", {channels}}, {"bias", {channels}}};
}

std::vector<WeightShape> batch_norm_weights(const Attributes& a, Shapes inputs) {
  const std::int64_t channels = inputs[0].channels;
  std::vector<WeightShape> weights = norm_weights(a, inputs);
  weights.push_back({"running_mean", {channels}, false});
  weights.push_back({"running_var", {channels}, false});
  return weights;
}

std::vector<WeightShape> prelu_weights(const Attributes& a, Shapes inputs) {
  return {{"weight", {a.shared ? 1 : inputs[0].channels}}};
}

}  // namespace nas::detail
