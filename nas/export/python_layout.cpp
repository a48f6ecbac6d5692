#include "nas/export/python_layout.h"

#include <fmt/format.h>

namespace nas::detail {
namespace {

constexpr std::size_t kStep = 4;

std::string flat_parts(const PythonText& text) {
  std::string flat;
  for (const PythonText& part : text.parts) flat += (flat.empty() ? "" : text.separator) + part.flat();
  return flat;
}

}  // namespace

std::string PythonText::flat() const {
  // The comma that makes a tuple of one.
  const bool tuple_of_one = parts.size() == 1 && open == "(";
  return open + flat_parts(*this) + (tuple_of_one ? "," : "") + close;
}

std::string python_lines(std::size_t indent, const std::string& before, const PythonText& text,
                         const std::string& after) {
  const std::string margin(indent, ' ');
  const std::string line = margin + before + text.flat() + after;
  if (line.size() <= kPythonColumns || text.parts.empty()) return line + "\n";
  const std::string inner_margin(indent + kStep, ' ');
  std::string made = margin + before + text.open + "\n";
  const std::string inside = inner_margin + flat_parts(text);
  // A single part in brackets of its own hugs nothing: it is broken in turn.
  if (inside.size() <= kPythonColumns && !(text.parts.size() == 1 && text.open == "(")) {
    made += inside + "\n";
  } else {
    const std::string end = text.separator == ", " ? "," : "";
    for (const PythonText& part : text.parts) made += python_lines(indent + kStep, "", part, end);
  }
  return made + margin + text.close + after + "\n";
}

}  // namespace nas::detail
