// Functions of one number, and softmax.
#include "nas/export/operation_onnx.h"
#include "nas/export/operation_python.h"
#include "nas/export/operation_weights.h"
#include "nas/operation_rows.h"
#include "nas/shape_rules.h"

namespace nas::detail {
namespace {

constexpr Keeps kInputs{.inputs = true};
constexpr Keeps kOutput{.output = true};

Operation pointwise(Op op, std::string_view name, Keeps keeps, std::string_view pytorch, std::string_view onnx,
                    std::string_view summary, std::string (*onnx_nodes)(const OnnxSite&) = plain_onnx) {
  return {.op = op,
          .name = name,
          .keeps = keeps,
          .pytorch = pytorch,
          .onnx = onnx,
          .summary = summary,
          .python_code = plain_python,
          .onnx_nodes = onnx_nodes};
}

Operation softmax_row() {
  Operation row = pointwise(Op::Softmax, "softmax", kOutput, "torch.nn.Softmax(dim=1)", "Softmax",
                            "exp(x) divided by its sum over the channels, at each position", softmax_onnx);
  row.python_code = softmax_python;
  return row;
}

Operation leaky_relu_row() {
  return {.op = Op::LeakyRelu,
          .name = "leaky_relu",
          .attributes = {{"slope", &Attributes::slope}},
          .keeps = kInputs,
          .pytorch = "torch.nn.LeakyReLU",
          .onnx = "LeakyRelu",
          .summary = "x above 0, `slope` * x below",
          .infer = [](const Attributes& a, Shapes in) { return leaky_relu_shape(a, in[0]); },
          .python_code = leaky_relu_python,
          .onnx_nodes = leaky_relu_onnx};
}

Operation prelu_row() {
  return {.op = Op::PRelu,
          .name = "prelu",
          .attributes = {{"shared", &Attributes::shared}},
          .keeps = kInputs,
          .pytorch = "torch.nn.PReLU",
          .onnx = "PRelu",
          .summary = "x above 0, a learnt slope * x below: one slope a channel or, with `shared`, one in all",
          .params = [](const Attributes& a, Shapes in) { return a.shared ? 1 : in[0].channels; },
          .weights = prelu_weights,
          .python_code = prelu_python,
          .onnx_nodes = prelu_onnx};
}

}  // namespace

std::vector<Operation> activation_rows() {
  return {
      pointwise(Op::Relu, "relu", kOutput, "torch.nn.ReLU", "Relu", "max(x, 0)"),
      pointwise(Op::Relu6, "relu6", kInputs, "torch.nn.ReLU6", "Clip", "min(max(x, 0), 6)", relu6_onnx),
      pointwise(Op::Silu, "silu", kInputs, "torch.nn.SiLU", "Sigmoid, Mul", "x * sigmoid(x), also called swish",
                silu_onnx),
      pointwise(Op::Gelu, "gelu", kInputs, "torch.nn.GELU", "Div, Erf, Add, Mul",
                "x * Phi(x) with the exact error function", gelu_onnx),
      pointwise(Op::Sigmoid, "sigmoid", kOutput, "torch.nn.Sigmoid", "Sigmoid", "1 / (1 + exp(-x))"),
      pointwise(Op::HardSwish, "hard_swish", kInputs, "torch.nn.Hardswish", "HardSwish", "x * relu6(x + 3) / 6"),
      pointwise(Op::HardSigmoid, "hard_sigmoid", kInputs, "torch.nn.Hardsigmoid", "HardSigmoid", "relu6(x + 3) / 6",
                hard_sigmoid_onnx),
      pointwise(Op::Tanh, "tanh", kOutput, "torch.nn.Tanh", "Tanh", "hyperbolic tangent"),
      leaky_relu_row(),
      prelu_row(),
      softmax_row(),
  };
}

}  // namespace nas::detail
