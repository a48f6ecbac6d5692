// Genotype -> network: runs a space's bodies with every choice made.
#pragma once

#include <vector>

#include "nas/candidate.h"
#include "nas/cell_graph.h"
#include "nas/network.h"
#include "nas/result.h"
#include "search_spaces/gene_table.h"
#include "search_spaces/space_ast.h"

namespace nas {

struct Decoded {
  Network network;               // as written, unused operations included
  std::vector<CellGraph> cells;  // each cell of the space that is used, as used first; without edges of `none`
};

/// Error: shapes that do not fit, a bad value: `file:line:column: what, what to try`. REQUIRES: `genes`
/// belongs to `ast`, which has a network; the genotype is canonical.
[[nodiscard]] Result<Decoded> decode_network(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype);

}  // namespace nas
