// The weights of a network against what its operations keep: by which names, in which shapes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nas/export/module_tree.h"
#include "nas/export/onnx_model.h"
#include "nas/export/safetensors.h"
#include "nas/result.h"

namespace nas {

/// One tensor of a network under its two names.
struct ExpectedWeight {
  std::string node_name;   // "stage1.repeat_1.0.conv_1.weight": in the trainer and its checkpoints
  std::string model_name;  // "stage1.0.conv.weight": in the state dict of exported source
  std::vector<std::int64_t> shape;
  bool learnt = true;  // else a running statistic
};

/// Of all steps, those of auxiliary exits included, in the order of the graph.
[[nodiscard]] std::vector<ExpectedWeight> expected_weights(const ExportGraph& graph, const ModuleTree& tree);

/// The file's tensors under the names of exported source, in the order of `expected`. The file may
/// use either names, and hold more where it uses the nodes' (a checkpoint has the optimiser's state).
/// Error: tensors that are missing, of another shape or not float32, or that belong elsewhere, each
/// named. The result points into the file's bytes.
[[nodiscard]] Result<std::vector<ModelWeight>> match_weights(const std::vector<ExpectedWeight>& expected,
                                                             const TensorFile& file);

/// The bytes of a safetensors file with these tensors.
[[nodiscard]] FilePieces weights_file(const std::vector<ModelWeight>& weights,
                                      const std::map<std::string, std::string>& metadata);

}  // namespace nas
