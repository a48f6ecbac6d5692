// Which parts a network is made of and what stands beside them: features by which a model can tell
// that two genotypes mean similar networks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nas/search_space.h"

namespace nas {

/// Kinds of features: layers, layers with their neighbours, pairs of neighbours; and what is known
/// before training, the network's cost and what Describer adds.
inline constexpr std::size_t kGraphDepths = 4;
inline constexpr std::size_t kComputedFeatures = 3;

/// How often each label occurs, by kind; labels rise. Labels mean the same in all networks
/// of one run of the program.
struct GraphFeatures {
  std::array<std::vector<std::pair<std::uint64_t, float>>, kGraphDepths> counts;
  bool operator==(const GraphFeatures&) const = default;
};

/// Features of each cell's first use, or of the whole network where it has no cells. Layers are what
/// moves or mixes the signal (convolutions, pooling, linear); sums, concatenations, normalisations and
/// activations pass on what comes to them, and what is not used does not count. A layer's label is its
/// kind, window and stride; with its neighbours it is a Weisfeiler-Lehman label of one round (Shervashidze
/// et al. 2011; for architectures Ru et al. 2021, "Interpretable neural architecture search via Bayesian
/// optimisation with Weisfeiler-Lehman kernels"). The whole network's parameters, MACs and depth count
/// by their logarithms. Empty where the output is not reached.
[[nodiscard]] GraphFeatures graph_features(const Decoded& decoded);

}  // namespace nas
