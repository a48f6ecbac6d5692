// Modules that are alike but for numbers become one class with parameters.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/export/module_tree.h"
#include "nas/export/python_code.h"

namespace nas {

struct PythonParameter {
  std::string name;
  std::string type;  // "int", "tuple[int, ...]", ...
};

/// Arguments are literals, or names of the class's own parameters.
struct PythonClass {
  std::string name;
  std::vector<PythonParameter> parameters;
  std::int32_t module = 0;  // its first use, into ModuleTree::modules
  /// What __init__ makes, item by item: for a step its PythonCode, for an inner module one call,
  /// for a sequence one call an item.
  std::vector<std::vector<PythonModule>> made;
};

struct PythonClasses {
  std::vector<PythonClass> classes;  // in the order in which source can define them; the last is the network
};

/// `root_name`: of the network's class.
[[nodiscard]] PythonClasses make_python_classes(const ExportGraph& graph, const ModuleTree& tree,
                                                const std::string& root_name);

/// The PyTorch source of one step.
[[nodiscard]] PythonCode python_code_of(const ExportGraph& graph, const ExportStep& step);

}  // namespace nas
