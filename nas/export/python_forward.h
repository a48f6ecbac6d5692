// The `forward` method of one class.
#pragma once

#include <string>

#include "nas/export/module_tree.h"

namespace nas::detail {

/// `is_root`: it gives what the network gives: a tensor, or a dict where there are exits.
[[nodiscard]] std::string python_forward(const ExportGraph& graph, const ModuleNode& module, bool is_root);

}  // namespace nas::detail
