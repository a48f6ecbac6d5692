// Genes in an order in which each one's activity is decided before it comes up, and what follows
// from it: walking through all genotypes of a space.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "nas/search_space.h"

namespace nas {

/// Indices of all genes, each after those that its conditions name; otherwise in the space's
/// order. REQUIRES: conditions form no circle (NAS_CHECK).
[[nodiscard]] std::vector<std::size_t> gene_order(const std::vector<Gene>& genes);

/// Indices of the genes that the conditions of this one name, ascending, each once.
[[nodiscard]] std::vector<std::size_t> conditioning_genes(const Gene& gene);

/// The genotype after `genotype`, counting like an odometer whose last wheel is the last gene of
/// `order` (from gene_order): starting from all zeros it visits every canonical genotype once.
/// Empty after the last. REQUIRES: a canonical genotype.
[[nodiscard]] std::optional<Genotype> next_genotype(const std::vector<Gene>& genes,
                                                    const std::vector<std::size_t>& order, Genotype genotype);

}  // namespace nas
