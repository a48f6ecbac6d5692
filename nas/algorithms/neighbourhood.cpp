#include "nas/algorithms/neighbourhood.h"

#include <cstddef>
#include <utility>

namespace nas {

Neighbourhood::Neighbourhood(const std::vector<Gene>& genes) : genes_(genes), allowed_(genes.size()) {
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    for (std::size_t option = 0; option < genes[gene].options.size(); ++option) {
      const bool has_weight = genes[gene].weights.empty() || genes[gene].weights[option] > 0;
      if (has_weight) allowed_[gene].push_back(static_cast<std::int32_t>(option));
    }
  }
}

std::vector<Move> Neighbourhood::moves_from(const Genotype& genotype) const {
  const std::vector<bool> active = active_genes(genes_, genotype);
  std::vector<Move> moves;
  for (std::size_t gene = 0; gene < genes_.size(); ++gene) {
    if (!active[gene]) continue;
    for (const std::int32_t option : allowed_[gene]) {
      if (option != genotype.genes[gene]) moves.push_back({static_cast<std::uint32_t>(gene), option});
    }
  }
  return moves;
}

Genotype Neighbourhood::moved(const Genotype& genotype, Move move, Rng& rng) const {
  const std::vector<bool> active = active_genes(genes_, genotype);
  Genotype neighbour = genotype;
  neighbour.genes[move.gene] = move.option;
  for (std::size_t gene = 0; gene < genes_.size(); ++gene) {
    if (!active[gene] && !allowed_[gene].empty())
      neighbour.genes[gene] = allowed_[gene][rng.index(allowed_[gene].size())];
  }
  return canonical(genes_, std::move(neighbour));
}

Genotype Neighbourhood::kicked(Genotype genotype, std::int64_t count, Rng& rng) const {
  for (std::int64_t i = 0; i < count; ++i) {
    const std::vector<Move> moves = moves_from(genotype);
    if (moves.empty()) break;
    genotype = moved(genotype, moves[rng.index(moves.size())], rng);
  }
  return genotype;
}

void Neighbourhood::remove_move_to(const Genotype& neighbour, std::vector<Move>& moves) const {
  // A gene that the move switched off is written 0 too, but it was not what moved.
  const std::vector<bool> active = active_genes(genes_, neighbour);
  std::erase_if(moves,
                [&](const Move& move) { return active[move.gene] && neighbour.genes[move.gene] == move.option; });
}

}  // namespace nas
