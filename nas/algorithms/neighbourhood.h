// All genotypes that differ from one in a single active gene: what local search walks over.
#pragma once

#include <cstdint>
#include <vector>

#include "nas/rng.h"
#include "nas/search_space.h"

namespace nas {

/// "Gene `gene` gets `option`."
struct Move {
  std::uint32_t gene = 0;
  std::int32_t option = 0;
  bool operator==(const Move&) const = default;
};

/// Options of weight 0 are never moved to. Pure functions; safe to share between threads.
class Neighbourhood {
 public:
  /// `genes` must outlive it.
  explicit Neighbourhood(const std::vector<Gene>& genes);

  /// Every other option of every active gene, by gene and option.
  [[nodiscard]] std::vector<Move> moves_from(const Genotype& genotype) const;

  /// Genes that the move activates are drawn. REQUIRES: a move from this genotype.
  [[nodiscard]] Genotype moved(const Genotype& genotype, Move move, Rng& rng) const;

  /// `count` random moves one after the other; the genotype itself where it has no neighbour.
  [[nodiscard]] Genotype kicked(Genotype genotype, std::int64_t count, Rng& rng) const;

  /// Takes the move that led from the owner of `moves` to `neighbour` out of them, if it is there.
  void remove_move_to(const Genotype& neighbour, std::vector<Move>& moves) const;

 private:
  const std::vector<Gene>& genes_;
  std::vector<std::vector<std::int32_t>> allowed_;  // options of each gene with weight
};

}  // namespace nas
