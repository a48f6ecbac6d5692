// Operations on whole tensors: joining, dividing and arranging them; and the linear layer.
#include "nas/export/operation_onnx.h"
#include "nas/export/operation_python.h"
#include "nas/export/operation_weights.h"
#include "nas/operation_rows.h"
#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

Operation input_row() {
  return {.op = Op::Input,
          .name = "input",
          .arity = Arity::None,
          .summary = "what enters the network; every network has one, its first node",
          .infer = [](const Attributes&, Shapes) -> Result<Shape> { return Error{"`input`: a network has only one"}; }};
}

Operation identity_row() {
  return {.op = Op::Identity,
          .name = "identity",
          .pytorch = "torch.nn.Identity",
          .onnx = "Identity",
          .summary = "its input, unchanged"};
}

Operation zero_row() {
  return {
      .op = Op::Zero,
      .name = "zero",
      .attributes = {kChannels},
      .pytorch = "torch.zeros",
      .onnx = "ConstantOfShape",
      .summary =
          "zeros of the input's shape, or with `channels` channels if that is not 0; the input does not count as used",
      .infer = [](const Attributes& a, Shapes in) { return zero_shape(a, in[0]); },
      .python_code = zero_python,
      .onnx_nodes = zero_onnx};
}

Operation linear_row() {
  return {.op = Op::Linear,
          .name = "linear",
          .attributes = {{"units", &Attributes::channels}, kBias},
          .keeps = {.inputs = true},
          .pytorch = "torch.nn.Flatten, torch.nn.Linear",
          .onnx = "Flatten, Gemm",
          .summary = "fully connected layer; flattens its input",
          .infer = [](const Attributes& a, Shapes in) { return linear_shape(a, in[0]); },
          .params = [](const Attributes& a,
                       Shapes in) { return in[0].elements() * a.channels + (a.bias ? a.channels : 0); },
          .macs = [](const Attributes& a, Shapes in, const Shape&) { return in[0].elements() * a.channels; },
          .reach = reach_of_all,
          .weights = linear_weights,
          .python_code = linear_python,
          .onnx_nodes = linear_onnx};
}

Operation add_row() {
  return {.op = Op::Add,
          .name = "add",
          .arity = Arity::Many,
          .commutative = true,
          .pytorch = "torch.add",
          .onnx = "Sum",
          .summary = "sum of tensors of one shape",
          .infer = [](const Attributes&, Shapes in) { return add_shape(in); },
          .python_code = add_python,
          .onnx_nodes = plain_onnx};
}

Operation multiply_row() {
  return {.op = Op::Multiply,
          .name = "multiply",
          .arity = Arity::Many,
          .commutative = true,
          .keeps = {.inputs = true},
          .pytorch = "torch.mul",
          .onnx = "Mul",
          .summary = "product element by element; axes of size 1 are repeated",
          .infer = [](const Attributes&, Shapes in) { return multiply_shape(in); },
          .python_code = multiply_python,
          .onnx_nodes = multiply_onnx};
}

Operation concat_row() {
  return {.op = Op::Concat,
          .name = "concat",
          .arity = Arity::Many,
          .pytorch = "torch.cat(dim=1)",
          .onnx = "Concat",
          .summary = "joins channels, in order",
          .infer = [](const Attributes&, Shapes in) { return concat_shape(in); },
          .python_code = concat_python,
          .onnx_nodes = concat_onnx};
}

Operation slice_row() {
  return {.op = Op::Slice,
          .name = "slice",
          .attributes = {{"start", &Attributes::start}, kChannels},
          .pytorch = "torch.narrow(dim=1)",
          .onnx = "Slice",
          .summary = "`channels` channels of its input, the first of them `start`, counted from 0",
          .infer = [](const Attributes& a, Shapes in) { return slice_shape(a, in[0]); },
          .python_code = slice_python,
          .onnx_nodes = slice_onnx};
}

Operation channel_shuffle_row() {
  return {.op = Op::ChannelShuffle,
          .name = "channel_shuffle",
          .attributes = {kGroups},
          .pytorch = "torch.nn.ChannelShuffle",
          .onnx = "Reshape, Transpose, Reshape",
          .summary = "channels in the order: the first of each group, the second of each, and so on",
          .infer = [](const Attributes& a, Shapes in) { return channel_shuffle_shape(a, in[0]); },
          .python_code = channel_shuffle_python,
          .onnx_nodes = channel_shuffle_onnx};
}

Operation flatten_row() {
  return {.op = Op::Flatten,
          .name = "flatten",
          .pytorch = "torch.nn.Flatten",
          .onnx = "Flatten",
          .summary = "all elements as one vector of features",
          .infer = [](const Attributes&, Shapes in) -> Result<Shape> {
            return Shape{in[0].elements(), 0, {1, 1, 1}};
          },
          .reach = reach_of_all,
          .python_code = flatten_python,
          .onnx_nodes = plain_onnx};
}

Operation reshape_row() {
  return {.op = Op::Reshape,
          .name = "reshape",
          .attributes = {kChannels, kSize},
          .pytorch = "torch.nn.Unflatten after Flatten",
          .onnx = "Reshape",
          .summary = "the same elements in the same order as a tensor of `channels` channels with the axes of `size`",
          .infer = [](const Attributes& a, Shapes in) { return reshape_shape(a, in[0]); },
          .reach = reach_of_all,
          .python_code = reshape_python,
          .onnx_nodes = reshape_onnx};
}

}  // namespace

std::vector<Operation> tensor_rows() {
  return {input_row(), identity_row(),        zero_row(),    linear_row(), add_row(), multiply_row(), concat_row(),
          slice_row(), channel_shuffle_row(), flatten_row(), reshape_row()};
}

}  // namespace nas::detail
