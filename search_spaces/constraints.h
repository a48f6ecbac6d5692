// What a sample of a space must meet: expressions over genes and over the network.
#pragma once

#include <optional>

#include "nas/candidate.h"
#include "nas/result.h"
#include "search_spaces/decoder.h"

namespace nas {

/// Error, with its place: a name that is neither a gene nor known of a network, with the nearest.
[[nodiscard]] std::optional<Error> check_constraints(const SpaceAst& ast, const GeneTable& genes);

/// The first constraint that this genotype does not meet; nothing where all hold. A gene counts as
/// the number of its option, or as the option's index where that is no number; an inactive gene
/// as its first option. `network` is what is trained: pruned unless the space keeps what is unused.
/// REQUIRES: check_constraints found nothing.
[[nodiscard]] std::optional<Error> violated_constraint(const SpaceAst& ast, const GeneTable& genes,
                                                       const Genotype& genotype, const Network& network,
                                                       const std::vector<CellGraph>& cells);

/// Whether an error says that a constraint is not met: such a genotype is in its space all right,
/// but no candidate.
[[nodiscard]] bool is_violation(const Error& error);

}  // namespace nas
