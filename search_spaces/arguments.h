// Between the language and the table of operations: which arguments an operation takes and what
// attributes they mean, with the language's defaults (docs/spaces.md, "Windows").
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "nas/operation.h"
#include "nas/result.h"

namespace nas {

/// An evaluated value: a number, a word, or a list of numbers (one an axis).
using Value = std::variant<double, std::string, std::vector<double>>;

/// For messages: "3", "same", "[1, 7]".
[[nodiscard]] std::string to_string(const Value& value);

using NamedValues = std::vector<std::pair<std::string_view, Value>>;

/// An argument as a space writes it.
struct Argument {
  enum class Kind { Whole, Real, Flag, PerAxis, Word };  // PerAxis: a whole number, or a list of them
  std::string name;
  Kind kind = Kind::Whole;
  std::vector<std::string> words;  // allowed beside the kind's numbers; all that a Word may be
  bool required = false;
};

/// What a space may write for this operation: its attributes, but for `padding`, which stands for
/// both of its sides, and `mode`, a word for a flag.
[[nodiscard]] std::vector<Argument> arguments_of(const Operation& operation);
[[nodiscard]] std::vector<std::string> argument_names(const Operation& operation);

/// Attributes of the operation on a tensor of this shape. Error: a value of a wrong kind or range,
/// or a required argument that is missing, without the place; ranges are the shape rules'.
[[nodiscard]] Result<Attributes> make_attributes(const Operation& operation, const NamedValues& arguments,
                                                 const Shape& input);

}  // namespace nas
