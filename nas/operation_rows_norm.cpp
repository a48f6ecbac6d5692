// Normalisation and what acts in training alone.
#include "nas/export/operation_onnx.h"
#include "nas/export/operation_python.h"
#include "nas/export/operation_weights.h"
#include "nas/operation_rows.h"
#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

constexpr AttributeField kAffine{"affine", &Attributes::affine};
constexpr AttributeField kEpsilon{"eps", &Attributes::epsilon};
constexpr AttributeField kMomentum{"momentum", &Attributes::momentum};

std::int64_t scale_and_shift(const Attributes& a, Shapes inputs) { return a.affine ? 2 * inputs[0].channels : 0; }

Operation batch_norm_row() {
  return {.op = Op::BatchNorm,
          .name = "batch_norm",
          .attributes = {kAffine, kEpsilon, kMomentum},
          .keeps = {.inputs = true},
          .pytorch = "torch.nn.BatchNorm1d, BatchNorm2d, BatchNorm3d",
          .onnx = "BatchNormalization",
          .summary = "batch normalisation of each channel",
          .infer = [](const Attributes& a, Shapes in) { return batch_norm_shape(a, in[0]); },
          .params = scale_and_shift,
          .weights = batch_norm_weights,
          .python_code = batch_norm_python,
          .onnx_nodes = batch_norm_onnx};
}

Operation layer_norm_row() {
  return {.op = Op::LayerNorm,
          .name = "layer_norm",
          .attributes = {kAffine, kEpsilon},
          .keeps = {.inputs = true},
          .pytorch = "torch.nn.LayerNorm on channels moved last",
          .onnx = "Transpose, LayerNormalization, Transpose",
          .summary = "layer normalisation over the channels, at each position by itself",
          .infer = [](const Attributes& a, Shapes in) { return layer_norm_shape(a, in[0]); },
          .params = scale_and_shift,
          .weights = norm_weights,
          .python_code = layer_norm_python,
          .onnx_nodes = layer_norm_onnx};
}

Operation group_norm_row() {
  return {.op = Op::GroupNorm,
          .name = "group_norm",
          .attributes = {kGroups, kAffine, kEpsilon},
          .keeps = {.inputs = true},
          .pytorch = "torch.nn.GroupNorm",
          .onnx = "Reshape, InstanceNormalization, Reshape, Mul, Add",
          .summary = "normalisation of each example over the positions and channels of a group",
          .infer = [](const Attributes& a, Shapes in) { return group_norm_shape(a, in[0]); },
          .params = scale_and_shift,
          .reach = reach_of_all,
          .weights = norm_weights,
          .python_code = group_norm_python,
          .onnx_nodes = group_norm_onnx};
}

Operation dropout_row() {
  return {.op = Op::Dropout,
          .name = "dropout",
          .attributes = {kRate},
          .keeps = {.extra_bytes_per_element = 1},  // on a GPU; on a CPU its mask is of float32
          .pytorch = "torch.nn.Dropout",
          .onnx = "Dropout",
          .summary = "in training sets elements to zero with probability `rate` and scales the others",
          .infer = [](const Attributes& a, Shapes in) { return drop_shape("dropout", a, in[0]); },
          .python_code = dropout_python,
          .onnx_nodes = nothing_onnx};
}

Operation drop_path_row() {
  return {.op = Op::DropPath,
          .name = "drop_path",
          .attributes = {kRate},
          .pytorch = "torchvision.ops.StochasticDepth(mode=\"row\")",
          .onnx = "Identity",
          .summary = "in training sets whole examples to zero with probability `rate` and scales the others",
          .infer = [](const Attributes& a, Shapes in) { return drop_shape("drop_path", a, in[0]); },
          .python_code = drop_path_python,
          .onnx_nodes = nothing_onnx};
}

}  // namespace

std::vector<Operation> norm_rows() {
  return {batch_norm_row(), layer_norm_row(), group_norm_row(), dropout_row(), drop_path_row()};
}

}  // namespace nas::detail
