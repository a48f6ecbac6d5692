// Operations over windows that have weights, and those that change the size alone.
#include "nas/export/operation_onnx.h"
#include "nas/export/operation_python.h"
#include "nas/export/operation_weights.h"
#include "nas/operation_rows.h"
#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

constexpr AttributeField kKernel{"kernel", &Attributes::kernel};
constexpr AttributeField kStride{"stride", &Attributes::stride};
constexpr AttributeField kDilation{"dilation", &Attributes::dilation};
constexpr AttributeField kOutputPadding{"output_padding", &Attributes::output_padding};
constexpr AttributeField kScale{"scale", &Attributes::scale};
constexpr AttributeField kLinear{"linear", &Attributes::linear};

/// One filter for each pair of channels of a group, in either direction.
std::int64_t filter_numbers(const Attributes& a, Shapes inputs) {
  return a.channels * (inputs[0].channels / a.groups) * kernel_positions(a) + (a.bias ? a.channels : 0);
}

/// Output i, before padding is cut off, is where input j writes for i - j * stride within the window.
std::optional<Reach> conv_transpose_reach(const Attributes& a, std::size_t axis) {
  const std::int64_t extent = std::int64_t{a.dilation[axis]} * (std::int64_t{a.kernel[axis]} - 1);
  return Reach{.parts = a.stride[axis], .first = a.pad_low[axis] - extent, .last = a.pad_low[axis]};
}

/// Repeated: floor(i / k). Between centres: at (2 i + 1 - k) / (2 k), the positions on both sides.
std::optional<Reach> upsample_reach(const Attributes& a, std::size_t axis) {
  const std::int64_t scale = a.scale[axis];
  if (!a.linear) return Reach{.parts = scale, .first = 1 - scale, .last = 0};
  return Reach{.step = 2, .parts = 2 * scale, .first = 2 - 3 * scale, .last = 1 + scale};
}

std::optional<Reach> pad_reach(const Attributes& a, std::size_t axis) {
  return Reach{.first = -std::int64_t{a.pad_low[axis]}, .last = -std::int64_t{a.pad_low[axis]}};
}

Operation conv_row() {
  return {
      .op = Op::Conv,
      .name = "conv",
      .attributes = {kChannels, kKernel, kStride, kDilation, kGroups, kBias, kPadLow, kPadHigh},
      .keeps = {.inputs = true},
      .pytorch = "torch.nn.Conv1d, Conv2d, Conv3d",
      .onnx = "Conv",
      .summary = "convolution with zero padding",
      .infer = [](const Attributes& a, Shapes in) { return conv_shape(a, in[0]); },
      .params = filter_numbers,
      .macs = [](const Attributes& a, Shapes in,
                 const Shape& output) { return output.elements() * (in[0].channels / a.groups) * kernel_positions(a); },
      .reach = reach_of_window,
      .weights = conv_weights,
      .python_code = conv_python,
      .onnx_nodes = conv_onnx};
}

Operation conv_transpose_row() {
  return {.op = Op::ConvTranspose,
          .name = "conv_transpose",
          .attributes = {kChannels, kKernel, kStride, kDilation, kGroups, kBias, kPadLow, kPadHigh, kOutputPadding},
          .keeps = {.inputs = true},
          .pytorch = "torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d",
          .onnx = "ConvTranspose",
          .summary = "transposed convolution; padding is cut off its output",
          .infer = [](const Attributes& a, Shapes in) { return conv_transpose_shape(a, in[0]); },
          .params = filter_numbers,
          .macs = [](const Attributes& a, Shapes in,
                     const Shape&) { return in[0].elements() * (a.channels / a.groups) * kernel_positions(a); },
          .reach = conv_transpose_reach,
          .weights = conv_transpose_weights,
          .python_code = conv_transpose_python,
          .onnx_nodes = conv_transpose_onnx};
}

Operation upsample_row() {
  return {.op = Op::Upsample,
          .name = "upsample",
          .attributes = {kScale, kLinear},
          .pytorch = "torch.nn.Upsample(mode=\"nearest\"), or \"linear\", \"bilinear\", \"trilinear\"",
          .onnx = "Resize",
          .summary =
              "`scale` times as large: repeats each position or, with `linear`, interpolates between their "
              "centres (corners not aligned)",
          .infer = [](const Attributes& a, Shapes in) { return upsample_shape(a, in[0]); },
          .reach = upsample_reach,
          .python_code = upsample_python,
          .onnx_nodes = upsample_onnx};
}

Operation pad_row() {
  return {.op = Op::Pad,
          .name = "pad",
          .attributes = {kPadLow, kPadHigh},
          .pytorch = "torch.nn.ConstantPad1d(value=0), ConstantPad2d, ConstantPad3d",
          .onnx = "Pad",
          .summary = "zeros around the signal; padding below 0 cuts positions off",
          .infer = [](const Attributes& a, Shapes in) { return pad_shape(a, in[0]); },
          .reach = pad_reach,
          .python_code = pad_python,
          .onnx_nodes = pad_onnx};
}

}  // namespace

std::optional<Reach> reach_of_window(const Attributes& a, std::size_t axis) {
  const std::int64_t extent = std::int64_t{a.dilation[axis]} * (std::int64_t{a.kernel[axis]} - 1);
  return Reach{.step = a.stride[axis], .first = -std::int64_t{a.pad_low[axis]}, .last = extent - a.pad_low[axis]};
}

std::vector<Operation> window_rows() { return {conv_row(), conv_transpose_row(), upsample_row(), pad_row()}; }

}  // namespace nas::detail
