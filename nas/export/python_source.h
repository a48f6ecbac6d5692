// A network as PyTorch source: one file that needs torch and nothing else.
#pragma once

#include <string>

#include "nas/export/module_tree.h"

namespace nas {

struct PythonSourceOptions {
  std::string class_name = "Network";
  std::string title;   // one line
  std::string origin;  // further lines of the file's docstring: where the network comes from
};

/// Formatted as Black does at 88 columns, with type hints. The state dict of the class has the names
/// of `tree.paths`. Without exits `forward` gives a tensor, else a dict of them by name, those of
/// auxiliary exits in training mode only.
[[nodiscard]] std::string python_source(const ExportGraph& graph, const ModuleTree& tree,
                                        const PythonSourceOptions& options);

}  // namespace nas
