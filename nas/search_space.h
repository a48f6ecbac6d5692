// What can be searched: genes, and the network that a genotype stands for.
#pragma once

#include <gmpxx.h>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nas/candidate.h"
#include "nas/cell_graph.h"
#include "nas/network.h"
#include "nas/result.h"
#include "nas/rng.h"

namespace nas {

/// One option of a gene: its name for people, and its number where it is one.
struct GeneOption {
  std::string name;
  std::optional<double> number;
  bool operator==(const GeneOption&) const = default;
};

/// "Gene `gene` has one of `options`."
struct GeneCondition {
  std::size_t gene = 0;
  std::vector<std::int32_t> options;
  auto operator<=>(const GeneCondition&) const = default;
};

struct Gene {
  std::string name;
  std::vector<GeneOption> options;  // at least one
  std::vector<double> weights;      // of sampling; empty: uniform
  /// Active if all conditions of any one of these hold; empty: always. Conditions name earlier
  /// or later genes but never form a circle.
  std::vector<std::vector<GeneCondition>> active_when;
  /// The key of `training:` that this gene sets; empty for a gene of the network.
  std::string hyperparameter;
  bool operator==(const Gene&) const = default;
};

struct Decoded {
  Network network;               // as written, unused operations included
  std::vector<CellGraph> cells;  // each cell of the space that is used, as used first; without edges of `none`
};

/// Pure functions of their arguments and the random stream; safe to call from several threads.
/// Every genotype that comes out is canonical: of the right length, in range, inactive genes 0.
struct SearchSpace {
  virtual ~SearchSpace() = default;

  [[nodiscard]] virtual const std::string& name() const = 0;
  [[nodiscard]] virtual const std::vector<Gene>& genes() const = 0;

  /// Each active gene independently, by its weights.
  [[nodiscard]] virtual Genotype sample(Rng& rng) const = 0;
  /// At least one active gene differs from the parent's, unless every active gene has one option.
  [[nodiscard]] virtual Genotype mutate(const Genotype& parent, Rng& rng) const = 0;
  /// Every active gene is one of the parents'.
  [[nodiscard]] virtual Genotype crossover(const Genotype& a, const Genotype& b, Rng& rng) const = 0;

  /// False for a space of genes alone (for `table` and `command` evaluators).
  [[nodiscard]] virtual bool has_network() const = 0;
  /// Error: the genotype has no usable network (shapes do not fit, the output does not depend on
  /// the input). REQUIRES: has_network() and a canonical genotype.
  [[nodiscard]] virtual Result<Network> decode(const Genotype& genotype) const = 0;
  /// The network as written, unused operations included, and the cells it is made of; a space without
  /// cells gives none. Constraints of the space are not looked at. Error: shapes that do not fit.
  [[nodiscard]] virtual Result<Decoded> decode_cells(const Genotype& genotype) const;
};

/// Which genes matter under this genotype.
[[nodiscard]] std::vector<bool> active_genes(const std::vector<Gene>& genes, const Genotype& genotype);

/// The same genotype with inactive genes written 0.
[[nodiscard]] Genotype canonical(const std::vector<Gene>& genes, Genotype genotype);

/// Error text if the length or a gene's range is wrong; for genotypes that come from people.
[[nodiscard]] std::optional<Error> check_genotype(const std::vector<Gene>& genes, const Genotype& genotype);

/// Number of genotypes that differ in active genes, exactly. Fast for thousands of genes as long as
/// conditions entangle few at a time (counting is #P-hard in general). REQUIRES: conditions form no
/// circle (NAS_CHECK).
[[nodiscard]] mpz_class count_genotypes(const std::vector<Gene>& genes);

/// The same, but nothing where conditions are so entangled that counting takes over a second or so
/// (by steps of the algorithm, not by a clock).
[[nodiscard]] std::optional<mpz_class> try_count_genotypes(const std::vector<Gene>& genes);
/// The same, rounded; infinite where it is too large or not known.
[[nodiscard]] double approximate_genotypes(const std::vector<Gene>& genes);

/// The generic operators, for spaces that need nothing special.
[[nodiscard]] Genotype sample_genes(const std::vector<Gene>& genes, Rng& rng);
/// Each active gene changes with probability 1 / (number of active genes), at least one does.
[[nodiscard]] Genotype mutate_genes(const std::vector<Gene>& genes, const Genotype& parent, Rng& rng);
/// Uniform crossover.
[[nodiscard]] Genotype cross_genes(const std::vector<Gene>& genes, const Genotype& a, const Genotype& b, Rng& rng);
/// Uniform crossover of groups: genes of one number come from one parent where both have them
/// active, so that what has grown together stays together (a cell's edges). REQUIRES: a number
/// for each gene, below the number of genes.
[[nodiscard]] Genotype cross_groups(const std::vector<Gene>& genes, const std::vector<std::size_t>& groups,
                                    const Genotype& a, const Genotype& b, Rng& rng);

}  // namespace nas
