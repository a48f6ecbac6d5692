// An exported network that is to be run: what `nas export` left in a directory.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "experiments/export/architecture_file.h"
#include "nas/result.h"
#include "trainer/preprocessing.h"

namespace nas {

struct ModelDirectory {
  std::filesystem::path directory;
  ArchitectureSource source;
  BuiltArchitecture built;  // at the architecture's own input
  Preprocessing preprocessing;
  std::map<std::string, std::string> names;  // of a tensor in the graph: its name in the weights' file

  [[nodiscard]] std::filesystem::path weights() const { return directory / "model.safetensors"; }
  [[nodiscard]] const Shape& input() const { return built.network.nodes[0].shape; }
};

/// Error: no architecture.yaml, preprocessing.json or model.safetensors, one that can't be read, or
/// that does not belong to the others; tensors are named.
[[nodiscard]] Result<ModelDirectory> open_model(const std::filesystem::path& directory);

/// The same network for inputs of another size: the space decodes the genotype for it. Error: the
/// space can't, or it is a network of other weights then.
[[nodiscard]] Result<Network> network_for(const ModelDirectory& model, const Shape& input);

/// As network_for, where the space can't: the same graph for the next larger sizes that it takes, which
/// differ from those of the architecture by multiples of the total stride. Error: there is none, its
/// positions are not those of the input.
[[nodiscard]] Result<Network> larger_network_for(const ModelDirectory& model, const Shape& input);

/// Of each tensor of the network: its name in the weights' file.
[[nodiscard]] std::map<std::string, std::string> weight_names(const Network& network);

/// Whether the weights' file holds every tensor of the network, in its shape. Error: those that it
/// does not.
[[nodiscard]] Result<Unit> check_weights(const ModelDirectory& model, const Network& network);

}  // namespace nas
