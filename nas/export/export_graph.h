// What of a network goes into an export: the operations that its outputs depend on, without those
// that only rename a tensor.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "nas/network.h"

namespace nas {

/// A tensor is called by the node that makes it; 0 is the network's input.
struct ExportStep {
  std::int32_t node = 0;
  std::vector<std::int32_t> inputs;
  bool training_only = false;  // only auxiliary exits depend on it
};

struct ExportOutput {
  std::string name;  // "output", or the exit's; `input` and `output` become `..._exit`
  std::int32_t value = 0;
  bool training_only = false;
};

struct ExportGraph {
  const Network* network = nullptr;
  std::vector<ExportStep> steps;      // in topological order
  std::vector<ExportOutput> outputs;  // the network's own first
};

/// Identities, dropping at rate 0, joins of one and zero summands are gone: another tensor takes
/// their place. A Zero reads what it was given if that is computed anyway, else the input: it needs
/// the size of the batch. Everything that has weights in training is there. `network` must outlive it.
[[nodiscard]] ExportGraph make_export_graph(const Network& network);

}  // namespace nas
