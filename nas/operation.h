// The table of operations: one row holds all that the program knows about one, but for its torch
// builder. Adding an operation: one enumerator, one row, one builder in trainer/.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "nas/network.h"

namespace nas {

/// One attribute by name, bound to its field: parser, JSON, documentation and hash all walk these.
struct AttributeField {
  using Member = std::variant<std::int64_t Attributes::*, std::int32_t Attributes::*, bool Attributes::*,
                              double Attributes::*, Axes Attributes::*>;
  std::string_view name;
  Member member;
};

/// How many tensors an operation takes.
enum class Arity { None, One, Many };

struct Operation {
  Op op;
  std::string_view name;  // in spaces, JSON and node names
  Arity arity;
  std::vector<AttributeField> attributes;
  bool commutative;          // order of inputs does not matter
  std::string_view pytorch;  // module or function of the same meaning
  std::string_view onnx;     // operator of opset 17
  std::string_view summary;  // one line of documentation

  /// Shape of the output, or why the inputs do not fit.
  std::function<Result<Shape>(const Attributes&, std::span<const Shape>)> infer;
  /// Learnt numbers. REQUIRES: infer succeeded.
  std::function<std::int64_t(const Attributes&, std::span<const Shape>)> params;
  /// Multiply-accumulates of one example. REQUIRES: infer succeeded.
  std::function<std::int64_t(const Attributes&, std::span<const Shape>, const Shape& output)> macs;
};

/// All rows, in the order of the enumerators.
[[nodiscard]] std::span<const Operation> operations();
[[nodiscard]] const Operation& operation(Op op);
/// Null where no operation has this name.
[[nodiscard]] const Operation* find_operation(std::string_view name);

/// Padding that keeps the size at stride 1: (k - 1) * dilation / 2 a side, the odd one above.
void pad_same(Attributes& attributes);

}  // namespace nas
