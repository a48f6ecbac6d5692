// Lines of Python of at most kPythonColumns, broken where the formatter Black breaks them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace nas::detail {

inline constexpr std::size_t kPythonColumns = 88;

/// Text, or text with parts in brackets that may stand on lines of their own: open, parts, close.
struct PythonText {
  std::string open;
  std::vector<PythonText> parts = {};
  std::string close = {};
  std::string separator = ", ";

  [[nodiscard]] std::string flat() const;
};

/// `indent` spaces, `before`, the text, `after`, with newlines; as few lines as fit.
[[nodiscard]] std::string python_lines(std::size_t indent, const std::string& before, const PythonText& text,
                                       const std::string& after = "");

}  // namespace nas::detail
