#include "nas/operation.h"

#include <algorithm>
#include <limits>

#include "nas/check.h"
#include "nas/shape_rules.h"

namespace nas {
namespace {

using Shapes = std::span<const Shape>;

constexpr std::string_view kNoModule = "-";

constexpr AttributeField kChannels{"channels", &Attributes::channels};
constexpr AttributeField kStart{"start", &Attributes::start};
constexpr AttributeField kUnits{"units", &Attributes::channels};
constexpr AttributeField kGroups{"groups", &Attributes::groups};
constexpr AttributeField kBias{"bias", &Attributes::bias};
constexpr AttributeField kKernel{"kernel", &Attributes::kernel};
constexpr AttributeField kStride{"stride", &Attributes::stride};
constexpr AttributeField kDilation{"dilation", &Attributes::dilation};
constexpr AttributeField kPadLow{"pad_low", &Attributes::pad_low};
constexpr AttributeField kPadHigh{"pad_high", &Attributes::pad_high};
constexpr AttributeField kCeilMode{"ceil_mode", &Attributes::ceil_mode};
constexpr AttributeField kCountIncludePad{"count_include_pad", &Attributes::count_include_pad};
constexpr AttributeField kAffine{"affine", &Attributes::affine};
constexpr AttributeField kEpsilon{"eps", &Attributes::epsilon};
constexpr AttributeField kMomentum{"momentum", &Attributes::momentum};
constexpr AttributeField kRate{"rate", &Attributes::rate};

std::int64_t no_params(const Attributes&, Shapes) { return 0; }
std::int64_t no_macs(const Attributes&, Shapes, const Shape&) { return 0; }
Result<Shape> same_shape(const Attributes&, Shapes inputs) { return inputs[0]; }

std::int64_t conv_params(const Attributes& a, Shapes inputs) {
  return a.channels * (inputs[0].channels / a.groups) * detail::kernel_positions(a) + (a.bias ? a.channels : 0);
}

std::int64_t conv_macs(const Attributes& a, Shapes inputs, const Shape& output) {
  return output.elements() * (inputs[0].channels / a.groups) * detail::kernel_positions(a);
}

std::int64_t linear_params(const Attributes& a, Shapes inputs) {
  return inputs[0].elements() * a.channels + (a.bias ? a.channels : 0);
}

std::int64_t linear_macs(const Attributes& a, Shapes inputs, const Shape&) { return inputs[0].elements() * a.channels; }

std::int64_t batch_norm_params(const Attributes& a, Shapes inputs) { return a.affine ? 2 * inputs[0].channels : 0; }

Operation pointwise(Op op, std::string_view name, std::string_view pytorch, std::string_view onnx,
                    std::string_view summary) {
  return {op, name, Arity::One, {}, false, pytorch, onnx, summary, same_shape, no_params, no_macs};
}

Operation input_row() {
  return {Op::Input,
          "input",
          Arity::None,
          {},
          false,
          kNoModule,
          kNoModule,
          "what enters the network; every network has one, its first node",
          [](const Attributes&, Shapes) -> Result<Shape> { return Error{"`input`: a network has only one"}; },
          no_params,
          no_macs};
}

Operation zero_row() {
  return {Op::Zero,
          "zero",
          Arity::One,
          {kChannels},
          false,
          "torch.zeros",
          "ConstantOfShape",
          "zeros of the input's shape, or with `channels` channels if that is not 0; the input does not count as used",
          [](const Attributes& a, Shapes in) { return detail::zero_shape(a, in[0]); },
          no_params,
          no_macs};
}

Operation conv_row() {
  return {Op::Conv,
          "conv",
          Arity::One,
          {kChannels, kKernel, kStride, kDilation, kGroups, kBias, kPadLow, kPadHigh},
          false,
          "torch.nn.Conv1d, Conv2d, Conv3d",
          "Conv",
          "convolution with zero padding",
          [](const Attributes& a, Shapes in) { return detail::conv_shape(a, in[0]); },
          conv_params,
          conv_macs};
}

Operation linear_row() {
  return {Op::Linear,
          "linear",
          Arity::One,
          {kUnits, kBias},
          false,
          "torch.nn.Flatten, torch.nn.Linear",
          "Flatten, Gemm",
          "fully connected layer; flattens its input",
          [](const Attributes& a, Shapes in) { return detail::linear_shape(a, in[0]); },
          linear_params,
          linear_macs};
}

Operation max_pool_row() {
  return {Op::MaxPool,
          "max_pool",
          Arity::One,
          {kKernel, kStride, kDilation, kPadLow, kPadHigh, kCeilMode},
          false,
          "torch.nn.MaxPool1d, MaxPool2d, MaxPool3d",
          "MaxPool",
          "largest value of each window; padding never wins",
          [](const Attributes& a, Shapes in) { return detail::pool_shape("max_pool", a, in[0]); },
          no_params,
          no_macs};
}

Operation average_pool_row() {
  return {Op::AveragePool,
          "average_pool",
          Arity::One,
          {kKernel, kStride, kPadLow, kPadHigh, kCeilMode, kCountIncludePad},
          false,
          "torch.nn.AvgPool1d, AvgPool2d, AvgPool3d",
          "AveragePool",
          "mean of each window, over its elements inside the input or, with `count_include_pad`, padding too",
          [](const Attributes& a, Shapes in) { return detail::pool_shape("average_pool", a, in[0]); },
          no_params,
          no_macs};
}

Operation global_average_pool_row() {
  return {Op::GlobalAveragePool,
          "global_average_pool",
          Arity::One,
          {},
          false,
          "torch.nn.AdaptiveAvgPool1d(1), AdaptiveAvgPool2d(1), AdaptiveAvgPool3d(1)",
          "GlobalAveragePool",
          "mean of each channel; axes of size 1 remain",
          [](const Attributes&, Shapes in) { return detail::global_pool_shape(in[0]); },
          no_params,
          no_macs};
}

Operation batch_norm_row() {
  return {Op::BatchNorm,
          "batch_norm",
          Arity::One,
          {kAffine, kEpsilon, kMomentum},
          false,
          "torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d",
          "BatchNormalization",
          "batch normalisation of each channel",
          [](const Attributes& a, Shapes in) { return detail::batch_norm_shape(a, in[0]); },
          batch_norm_params,
          no_macs};
}

Operation dropout_row() {
  return {Op::Dropout,
          "dropout",
          Arity::One,
          {kRate},
          false,
          "torch.nn.Dropout",
          "Dropout",
          "in training sets elements to zero with probability `rate` and scales the others",
          [](const Attributes& a, Shapes in) { return detail::dropout_shape(a, in[0]); },
          no_params,
          no_macs};
}

Operation add_row() {
  return {Op::Add,
          "add",
          Arity::Many,
          {},
          true,
          "torch.add",
          "Sum",
          "sum of tensors of one shape",
          [](const Attributes&, Shapes in) { return detail::add_shape(in); },
          no_params,
          no_macs};
}

Operation multiply_row() {
  return {Op::Multiply,
          "multiply",
          Arity::Many,
          {},
          true,
          "torch.mul",
          "Mul",
          "product element by element; axes of size 1 are repeated",
          [](const Attributes&, Shapes in) { return detail::multiply_shape(in); },
          no_params,
          no_macs};
}

Operation concat_row() {
  return {Op::Concat,
          "concat",
          Arity::Many,
          {},
          false,
          "torch.cat(dim=1)",
          "Concat",
          "joins channels, in order",
          [](const Attributes&, Shapes in) { return detail::concat_shape(in); },
          no_params,
          no_macs};
}

Operation flatten_row() {
  return {Op::Flatten,
          "flatten",
          Arity::One,
          {},
          false,
          "torch.nn.Flatten",
          "Flatten",
          "all elements as one vector of features",
          [](const Attributes&, Shapes in) -> Result<Shape> {
            return Shape{in[0].elements(), 0, {1, 1, 1}};
          },
          no_params,
          no_macs};
}

Operation slice_row() {
  return {Op::Slice,
          "slice",
          Arity::One,
          {kStart, kChannels},
          false,
          "torch.narrow(dim=1)",
          "Slice",
          "`channels` channels of its input, the first of them `start`, counted from 0",
          [](const Attributes& a, Shapes in) { return detail::slice_shape(a, in[0]); },
          no_params,
          no_macs};
}

std::vector<Operation> make_operations() {
  return {
      input_row(),
      pointwise(Op::Identity, "identity", "torch.nn.Identity", "Identity", "its input, unchanged"),
      zero_row(),
      conv_row(),
      linear_row(),
      max_pool_row(),
      average_pool_row(),
      global_average_pool_row(),
      batch_norm_row(),
      pointwise(Op::Relu, "relu", "torch.nn.ReLU", "Relu", "max(x, 0)"),
      pointwise(Op::Relu6, "relu6", "torch.nn.ReLU6", "Clip", "min(max(x, 0), 6)"),
      pointwise(Op::Silu, "silu", "torch.nn.SiLU", "Sigmoid, Mul", "x * sigmoid(x), also called swish"),
      pointwise(Op::Gelu, "gelu", "torch.nn.GELU", "Div, Erf, Add, Mul", "x * Phi(x) with the exact error function"),
      pointwise(Op::Sigmoid, "sigmoid", "torch.nn.Sigmoid", "Sigmoid", "1 / (1 + exp(-x))"),
      pointwise(Op::HardSwish, "hard_swish", "torch.nn.Hardswish", "HardSwish", "x * relu6(x + 3) / 6"),
      pointwise(Op::HardSigmoid, "hard_sigmoid", "torch.nn.Hardsigmoid", "HardSigmoid", "relu6(x + 3) / 6"),
      pointwise(Op::Tanh, "tanh", "torch.nn.Tanh", "Tanh", "hyperbolic tangent"),
      dropout_row(),
      add_row(),
      multiply_row(),
      concat_row(),
      flatten_row(),
      slice_row(),
  };
}

}  // namespace

std::span<const Operation> operations() {
  static const std::vector<Operation> kOperations = make_operations();
  return kOperations;
}

const Operation& operation(Op op) {
  const auto rows = operations();
  const auto index = static_cast<std::size_t>(op);
  NAS_CHECK(index < rows.size() && rows[index].op == op, "rows follow the enumerators");
  return rows[index];
}

const Operation* find_operation(std::string_view name) {
  for (const Operation& row : operations()) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

void pad_same(Attributes& attributes) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  for (std::size_t axis = 0; axis < Shape::kMaxDims; ++axis) {
    const std::int64_t total = std::int64_t{attributes.dilation[axis]} * (std::int64_t{attributes.kernel[axis]} - 1);
    const std::int64_t low = std::clamp<std::int64_t>(total / 2, 0, kMost);
    attributes.pad_low[axis] = static_cast<std::int32_t>(low);
    attributes.pad_high[axis] = static_cast<std::int32_t>(std::clamp<std::int64_t>(total - low, 0, kMost));
  }
}

}  // namespace nas
