// A network's operations as nested modules: the steps that share a path of names ("stage_1.0.conv")
// make a module of their own, so that exported source reads as a person would write it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "nas/export/export_graph.h"

namespace nas {

/// What a module holds: a step, or a module inside it.
struct ModuleItem {
  std::string name;                   // of the attribute; unique in its module
  std::int32_t step = -1;             // into ExportGraph::steps, or
  std::int32_t inner = -1;            // into ModuleTree::modules
  std::vector<std::int32_t> inputs;   // values that it reads, each once but for a step's
  std::vector<std::int32_t> outputs;  // values that others read
  bool training_only = false;         // of the network's own items; within them all is
};

struct ModuleNode {
  std::string kind;          // for the name of its class
  bool in_sequence = false;  // the items are called 0, 1, 2, ... and each reads the one before it
  std::vector<ModuleItem> items;
  std::vector<std::int32_t> inputs;   // values from outside
  std::vector<std::int32_t> outputs;  // values that outside reads, in the order in which they are made
};

struct ModuleTree {
  std::vector<ModuleNode> modules;  // inner before outer; the last one is the network
  /// By node: "stage_1.0.conv_1", what the weights of this operation are called by in a state dict.
  std::map<std::int32_t, std::string> paths;
};

/// Every name is a Python identifier or a number, and none that torch.nn.Module needs for itself.
[[nodiscard]] ModuleTree make_module_tree(const ExportGraph& graph);

}  // namespace nas
