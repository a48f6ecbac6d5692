// A network as an ONNX file: the bytes of a ModelProto, with its weights.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nas/export/file_pieces.h"
#include "nas/export/module_tree.h"
#include "nas/result.h"

namespace nas {

inline constexpr int kOnnxIrVersion = 8;
inline constexpr int kOnnxOpset = 17;

/// A weight of the network, float32, little-endian.
struct ModelWeight {
  std::string name;  // as ModuleTree::paths has it: "stage_1.0.conv.weight"
  std::vector<std::int64_t> shape;
  std::string_view bytes;
};

struct OnnxOptions {
  std::string name = "network";
  std::string program_version;
  std::map<std::string, std::string> metadata;  // shown by viewers
};

/// Inputs `input`, outputs `output` and the exits that are not auxiliary; the size of the batch is
/// left open. `weights`: all that inference reads, further ones are left out; the result points into them. Error: more
/// than the 2 GiB that the format can hold.
[[nodiscard]] Result<FilePieces> onnx_model(const ExportGraph& graph, const ModuleTree& tree,
                                            const std::vector<ModelWeight>& weights, const OnnxOptions& options);

}  // namespace nas
