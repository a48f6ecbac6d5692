// For tests and benchmarks: a space of genes alone, and a few ready-made lists of genes.
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "nas/check.h"
#include "nas/search_space.h"

namespace nas::testing {

class GeneSpace final : public SearchSpace {
 public:
  explicit GeneSpace(std::vector<Gene> genes, std::string name = "genes")
      : name_(std::move(name)), genes_(std::move(genes)) {}

  const std::string& name() const override { return name_; }
  const std::vector<Gene>& genes() const override { return genes_; }
  Genotype sample(Rng& rng) const override { return sample_genes(genes_, rng); }
  Genotype mutate(const Genotype& parent, Rng& rng) const override { return mutate_genes(genes_, parent, rng); }
  Genotype crossover(const Genotype& a, const Genotype& b, Rng& rng) const override {
    return cross_genes(genes_, a, b, rng);
  }
  bool has_network() const override { return false; }
  Result<Network> decode(const Genotype&) const override {
    NAS_CHECK(false, "a space of genes alone has no network");
    return Error{};
  }

 private:
  std::string name_;
  std::vector<Gene> genes_;
};

/// Named g0, g1, ... from `number`, with options named 0, 1, ...
inline Gene make_gene(std::size_t number, std::size_t options,
                      std::vector<std::vector<GeneCondition>> active_when = {}) {
  Gene gene;
  gene.name = fmt::format("g{}", number);
  for (std::size_t i = 0; i < options; ++i) gene.options.push_back({std::to_string(i), static_cast<double>(i)});
  gene.active_when = std::move(active_when);
  return gene;
}

/// All always active.
inline std::vector<Gene> plain_genes(std::size_t count, std::size_t options) {
  std::vector<Gene> genes;
  for (std::size_t i = 0; i < count; ++i) genes.push_back(make_gene(i, options));
  return genes;
}

/// A choice of 3; its option 1 has 2 genes of its own, one of which has another below it; option 2
/// has one. A last gene hangs on either of two. 28 genotypes.
inline std::vector<Gene> nested_genes() {
  return {
      make_gene(0, 3),
      make_gene(1, 2, {{{0, {1}}}}),
      make_gene(2, 4, {{{0, {1}}}}),
      make_gene(3, 3, {{{2, {2, 3}}}}),
      make_gene(4, 2, {{{0, {2}}}}),
      make_gene(5, 2, {{{1, {1}}}, {{4, {0}}}}),
  };
}

/// Conditions on later genes, several levels, two alternatives, a conjunction.
inline std::vector<Gene> tangled_genes() {
  return {
      make_gene(0, 2, {{{3, {1}}, {1, {0, 2}}}}),
      make_gene(1, 3),
      make_gene(2, 3, {{{0, {1}}}, {{3, {0}}}}),
      make_gene(3, 2, {{{4, {0, 1}}}}),
      make_gene(4, 3),
      make_gene(5, 1, {{{2, {2}}}}),
      make_gene(6, 2),
  };
}

/// A switch of five ways, each with two genes of its own, one of which has a gene below it.
inline std::vector<Gene> switch_genes() {
  std::vector<Gene> genes = {make_gene(0, 5)};
  for (std::int32_t way = 0; way < 5; ++way) {
    const std::size_t first = genes.size();
    genes.push_back(make_gene(first, 2, {{{0, {way}}}}));
    genes.push_back(make_gene(first + 1, 3, {{{0, {way}}}}));
    genes.push_back(make_gene(first + 2, 2, {{{first, {1}}}}));
  }
  return genes;
}

}  // namespace nas::testing
