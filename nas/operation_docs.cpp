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

std::string kept_text(const Keeps& keeps) {
  std::string text;
  const auto append = [&](std::string_view what) {
    text += text.empty() ? "" : ", ";
    text += what;
  };
  if (keeps.inputs) append("its inputs");
  if (keeps.output) append("its output");
  if (const auto bytes = keeps.extra_bytes_per_element; bytes > 0) {
    append(fmt::format("{} byte{} an element of its output", bytes, bytes == 1 ? "" : "s"));
  }
  return text.empty() ? "nothing" : text;
}

std::string section(const Operation& row) {
  std::string text = fmt::format("\n## {}\n\n{}.\n\n", row.name, row.summary);
  text += fmt::format("- inputs: {}{}\n", arity_text(row.arity), row.commutative ? ", in any order" : "");
  for (const AttributeField& field : row.attributes) {
    text += fmt::format("- `{}`: default {}\n", field.name, default_text(field));
  }
  text += fmt::format("- kept for the backward pass: {}\n", kept_text(row.keeps));
  text += fmt::format("- PyTorch: {}\n- ONNX: {}\n", row.pytorch, row.onnx);
  return text;
}

}  // namespace

std::string operations_markdown() {
  std::string text =
      "# Operations\n\nWhat a network may consist of. Generated from the table in `nas/operation_rows_*.cpp`.\n\n"
      "Attributes are named as in a network's JSON. A space writes `padding` for `pad_low` and `pad_high`, and `mode: "
      "nearest` or `mode: linear` for `linear`; [spaces.md](spaces.md) has its defaults.\n";
  for (const Operation& row : operations()) text += section(row);
  return text;
}

}  // namespace nas
