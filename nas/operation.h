// The table of operations: one row holds all that the program knows about one, but for its torch
// builder. Adding an operation: one enumerator, one row, one builder in trainer/.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nas/export/python_code.h"
#include "nas/export/weight_shape.h"
#include "nas/network.h"

namespace nas {

struct OnnxSite;

/// One attribute by name, bound to its field: parser, JSON, documentation and hash all walk these.
struct AttributeField {
  using Member = std::variant<std::int64_t Attributes::*, std::int32_t Attributes::*, bool Attributes::*,
                              double Attributes::*, Axes Attributes::*>;
  std::string_view name;
  Member member;
};

/// How many tensors an operation takes.
enum class Arity { None, One, Many };

/// Which tensors PyTorch's autograd holds from an operation's forward pass to its backward pass.
/// A tensor that several operations hold is there once. What has only one number a channel, a
/// position or an example (statistics of a normalisation, drop-path's mask) and the weights are
/// left out.
struct Keeps {
  bool inputs = false;  // all of them, where there is more than one
  bool output = false;
  std::int64_t extra_bytes_per_element = 0;  // of the output: a mask, indices
  bool operator==(const Keeps&) const = default;
};

/// Which positions of its inputs one position of an output reads along an axis: position i those from
/// ceil((i * step + first) / parts) to floor((i * step + last) / parts), padding included.
struct Reach {
  std::int64_t step = 1;
  std::int64_t parts = 1;
  std::int64_t first = 0;
  std::int64_t last = 0;
  bool operator==(const Reach&) const = default;
};
/// The reach of what reads all positions.
[[nodiscard]] std::optional<Reach> reach_of_all(const Attributes& attributes, std::size_t axis);

struct Operation {
  Op op = Op::Identity;
  std::string_view name;  // in spaces, JSON and node names
  Arity arity = Arity::One;
  std::vector<AttributeField> attributes{};
  bool commutative = false;        // order of inputs does not matter
  Keeps keeps{};                   // for the backward pass
  std::string_view pytorch = "-";  // module or function of the same meaning
  std::string_view onnx = "-";     // operator of opset 17
  std::string_view summary{};      // one line of documentation

  /// Shape of the output, or why the inputs do not fit.
  std::function<Result<Shape>(const Attributes&, std::span<const Shape>)> infer =
      [](const Attributes&, std::span<const Shape> inputs) -> Result<Shape> { return inputs[0]; };
  /// Learnt numbers. REQUIRES: infer succeeded.
  std::function<std::int64_t(const Attributes&, std::span<const Shape>)> params =
      [](const Attributes&, std::span<const Shape>) { return std::int64_t{0}; };
  /// Multiply-accumulates of one example. REQUIRES: infer succeeded.
  std::function<std::int64_t(const Attributes&, std::span<const Shape>, const Shape& output)> macs =
      [](const Attributes&, std::span<const Shape>, const Shape&) { return std::int64_t{0}; };

  /// Along one axis, in evaluation mode. Empty: every position of the output reads all of the input's.
  std::optional<Reach> (*reach)(const Attributes&, std::size_t axis) =
      [](const Attributes&, std::size_t) -> std::optional<Reach> { return Reach{}; };
  /// Tensors with the learnt numbers and running statistics. REQUIRES: infer succeeded.
  std::vector<WeightShape> (*weights)(const Attributes&, std::span<const Shape>) =
      [](const Attributes&, std::span<const Shape>) { return std::vector<WeightShape>{}; };
  /// PyTorch source of a node with these input shapes. Null for what is no code: the input; identity.
  PythonCode (*python_code)(const Node&, std::span<const Shape>) = nullptr;
  /// Appends ONNX nodes, returns the name of the result. Null as above.
  std::string (*onnx_nodes)(const OnnxSite&) = nullptr;
};

/// All rows, in the order of the enumerators.
[[nodiscard]] std::span<const Operation> operations();
[[nodiscard]] const Operation& operation(Op op);
/// Null where no operation has this name.
[[nodiscard]] const Operation* find_operation(std::string_view name);

/// Padding that keeps the size at stride 1: (k - 1) * dilation / 2 a side, the odd one above.
void pad_same(Attributes& attributes);

}  // namespace nas
