// The reference of operations as Markdown, made from the table of operations.
#pragma once

#include <string>

namespace nas {

/// A heading and a section for each operation: summary, attributes with defaults, inputs, PyTorch
/// and ONNX names.
[[nodiscard]] std::string operations_markdown();

}  // namespace nas
