// Genotype -> network: runs a space's bodies with every choice made.
#pragma once

#include "nas/candidate.h"
#include "nas/result.h"
#include "nas/search_space.h"
#include "search_spaces/gene_table.h"
#include "search_spaces/space_ast.h"

namespace nas {

/// Error: shapes that do not fit, a bad value: `file:line:column: what, what to try`. REQUIRES: `genes`
/// belongs to `ast`, which has a network; the genotype is canonical.
[[nodiscard]] Result<Decoded> decode_network(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype);

}  // namespace nas
