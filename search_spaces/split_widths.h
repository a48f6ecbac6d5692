// NAS-Bench-101's rules for a cell given as an adjacency matrix (Ying et al. 2019, section 2.1, and
// the reference code's model_spec and model_builder).
#pragma once

#include <cstdint>
#include <vector>

namespace nas {

/// matrix[from][to], from < to; the first vertex is the input, the last the output.
using Adjacency = std::vector<std::vector<bool>>;

/// Drops the edges of vertices that are not on a path from the input to the output. False: there
/// is no such path, and no edge is left.
bool prune(Adjacency& matrix);

/// Channels of each vertex. The output's are divided among the inner vertices that it takes, the
/// remainder one each to the lowest; another vertex is as wide as the widest that reads it. 0 for
/// pruned ones, and where there are more vertices to divide among than channels.
/// REQUIRES: a pruned matrix.
[[nodiscard]] std::vector<std::int64_t> split_widths(const Adjacency& matrix, std::int64_t input_channels,
                                                     std::int64_t output_channels);

}  // namespace nas
