// Pooling.
#include "nas/export/operation_onnx.h"
#include "nas/export/operation_python.h"
#include "nas/operation_rows.h"
#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

constexpr AttributeField kKernel{"kernel", &Attributes::kernel};
constexpr AttributeField kStride{"stride", &Attributes::stride};
constexpr AttributeField kDilation{"dilation", &Attributes::dilation};
constexpr AttributeField kCeilMode{"ceil_mode", &Attributes::ceil_mode};
constexpr AttributeField kCountIncludePad{"count_include_pad", &Attributes::count_include_pad};

/// Where each largest value was, as an int64.
constexpr std::int64_t kIndexBytes = 8;

Operation max_pool_row() {
  return {.op = Op::MaxPool,
          .name = "max_pool",
          .attributes = {kKernel, kStride, kDilation, kPadLow, kPadHigh, kCeilMode},
          .keeps = {.inputs = true, .extra_bytes_per_element = kIndexBytes},
          .pytorch = "torch.nn.MaxPool1d, MaxPool2d, MaxPool3d",
          .onnx = "MaxPool",
          .summary = "largest value of each window; padding never wins",
          .infer = [](const Attributes& a, Shapes in) { return pool_shape("max_pool", a, in[0]); },
          .reach = reach_of_window,
          .python_code = max_pool_python,
          .onnx_nodes = max_pool_onnx};
}

Operation average_pool_row() {
  return {
      .op = Op::AveragePool,
      .name = "average_pool",
      .attributes = {kKernel, kStride, kPadLow, kPadHigh, kCeilMode, kCountIncludePad},
      .keeps = {.inputs = true},
      .pytorch = "torch.nn.AvgPool1d, AvgPool2d, AvgPool3d",
      .onnx = "AveragePool",
      .summary = "mean of each window, over its elements inside the input or, with `count_include_pad`, padding too",
      .infer = [](const Attributes& a, Shapes in) { return pool_shape("average_pool", a, in[0]); },
      .reach = reach_of_window,
      .python_code = average_pool_python,
      .onnx_nodes = average_pool_onnx};
}

Operation global_average_pool_row() {
  return {.op = Op::GlobalAveragePool,
          .name = "global_average_pool",
          .pytorch = "torch.nn.AdaptiveAvgPool1d(1), AdaptiveAvgPool2d(1), AdaptiveAvgPool3d(1)",
          .onnx = "GlobalAveragePool",
          .summary = "mean of each channel; axes of size 1 remain",
          .infer = [](const Attributes&, Shapes in) { return global_pool_shape("global_average_pool", in[0]); },
          .reach = reach_of_all,
          .python_code = global_average_pool_python,
          .onnx_nodes = plain_onnx};
}

Operation global_max_pool_row() {
  return {.op = Op::GlobalMaxPool,
          .name = "global_max_pool",
          .keeps = {.inputs = true, .output = true},
          .pytorch = "torch.amax",
          .onnx = "GlobalMaxPool",
          .summary = "largest value of each channel; axes of size 1 remain; equal ones share the gradient",
          .infer = [](const Attributes&, Shapes in) { return global_pool_shape("global_max_pool", in[0]); },
          .reach = reach_of_all,
          .python_code = global_max_pool_python,
          .onnx_nodes = plain_onnx};
}

Operation adaptive_average_pool_row() {
  return {
      .op = Op::AdaptiveAveragePool,
      .name = "adaptive_average_pool",
      .attributes = {kSize},
      .keeps = {.inputs = true},
      .pytorch = "torch.nn.AdaptiveAvgPool1d, AdaptiveAvgPool2d, AdaptiveAvgPool3d",
      .onnx = "AveragePool where `size` divides the input's, else Slice, ReduceMean, Concat",
      .summary = "mean over `size` windows that share the input evenly, overlapping where they must",
      .infer = [](const Attributes& a, Shapes in) { return adaptive_pool_shape("adaptive_average_pool", a, in[0]); },
      .reach = reach_of_all,
      .python_code = adaptive_average_pool_python,
      .onnx_nodes = adaptive_average_pool_onnx};
}

Operation adaptive_max_pool_row() {
  return {.op = Op::AdaptiveMaxPool,
          .name = "adaptive_max_pool",
          .attributes = {kSize},
          .keeps = {.inputs = true, .extra_bytes_per_element = kIndexBytes},
          .pytorch = "torch.nn.AdaptiveMaxPool1d, AdaptiveMaxPool2d, AdaptiveMaxPool3d",
          .onnx = "MaxPool where `size` divides the input's, else Slice, ReduceMax, Concat",
          .summary = "largest value of each of `size` windows that share the input evenly, overlapping where they must",
          .infer = [](const Attributes& a, Shapes in) { return adaptive_pool_shape("adaptive_max_pool", a, in[0]); },
          .reach = reach_of_all,
          .python_code = adaptive_max_pool_python,
          .onnx_nodes = adaptive_max_pool_onnx};
}

}  // namespace

std::vector<Operation> pool_rows() {
  return {max_pool_row(),        average_pool_row(),          global_average_pool_row(),
          global_max_pool_row(), adaptive_average_pool_row(), adaptive_max_pool_row()};
}

}  // namespace nas::detail
