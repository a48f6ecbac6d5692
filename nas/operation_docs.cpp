#include "nas/operation_docs.h"

#include <fmt/format.h>

#include <string_view>
#include <type_traits>

#include "nas/operation.h"

namespace nas {
namespace {

std::string_view arity_text(Arity arity) {
  switch (arity) {
    case Arity::None:
      return "none";
    case Arity::One:
      return "one";
    case Arity::Many:
      return "one or more";
  }
  return {};
}

std::string default_text(const AttributeField& field) {
  const Attributes defaults;
  return std::visit(
      [&](auto member) {
        const auto& value = defaults.*member;
        if constexpr (std::is_same_v<decltype(value), const Axes&>) {
          return fmt::format("{} for every axis", value[0]);
        } else {
          return fmt::format("{}", value);
        }
      },
      field.member);
}

std::string section(const Operation& row) {
  std::string text = fmt::format("\n## {}\n\n{}.\n\n", row.name, row.summary);
  text += fmt::format("- inputs: {}{}\n", arity_text(row.arity), row.commutative ? ", in any order" : "");
  for (const AttributeField& field : row.attributes) {
    text += fmt::format("- `{}`: default {}\n", field.name, default_text(field));
  }
  text += fmt::format("- PyTorch: {}\n- ONNX: {}\n", row.pytorch, row.onnx);
  return text;
}

}  // namespace

std::string operations_markdown() {
  std::string text =
      "# Operations\n\nWhat a network may consist of. Generated from the table in `nas/operation.cpp`.\n";
  for (const Operation& row : operations()) text += section(row);
  return text;
}

}  // namespace nas
