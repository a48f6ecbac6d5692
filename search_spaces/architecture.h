// Named architectures of a space file: the genotype that their choices spell.
#pragma once

#include <string>

#include "nas/candidate.h"
#include "nas/result.h"
#include "search_spaces/gene_table.h"
#include "search_spaces/space_ast.h"

namespace nas {

/// Case and punctuation do not matter where only one name is alike. Error: the space has none of
/// this name, with the nearest.
[[nodiscard]] Result<const ArchitectureDefinition*> find_architecture(const SpaceAst& ast, const std::string& name);

/// Error, with its place: an unknown gene or option, or an active gene of several options that is
/// left open and is no hyperparameter. Genes that are inactive under the others may be named.
[[nodiscard]] Result<Genotype> architecture_genotype(const ArchitectureDefinition& architecture,
                                                     const GeneTable& genes);

}  // namespace nas
