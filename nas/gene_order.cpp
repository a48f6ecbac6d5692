#include "nas/gene_order.h"

#include <algorithm>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

enum class Visit : std::uint8_t { New, Open, Done };

void visit_after_conditions(const std::vector<Gene>& genes, std::size_t gene, std::vector<Visit>& visits,
                            std::vector<std::size_t>& order) {
  if (visits[gene] == Visit::Done) return;
  NAS_CHECK(visits[gene] == Visit::New, "the conditions of a space's genes must not form a circle");
  visits[gene] = Visit::Open;
  for (const std::size_t condition : conditioning_genes(genes[gene])) {
    visit_after_conditions(genes, condition, visits, order);
  }
  visits[gene] = Visit::Done;
  order.push_back(gene);
}

}  // namespace

std::vector<std::size_t> conditioning_genes(const Gene& gene) {
  std::vector<std::size_t> found;
  for (const auto& conjunction : gene.active_when) {
    for (const GeneCondition& condition : conjunction) found.push_back(condition.gene);
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::vector<std::size_t> gene_order(const std::vector<Gene>& genes) {
  std::vector<Visit> visits(genes.size(), Visit::New);
  std::vector<std::size_t> order;
  order.reserve(genes.size());
  for (std::size_t gene = 0; gene < genes.size(); ++gene) visit_after_conditions(genes, gene, visits, order);
  return order;
}

std::optional<Genotype> next_genotype(const std::vector<Gene>& genes, const std::vector<std::size_t>& order,
                                      Genotype genotype) {
  const std::vector<bool> active = active_genes(genes, genotype);
  for (std::size_t i = order.size(); i > 0; --i) {
    const std::size_t gene = order[i - 1];
    std::int32_t& value = genotype.genes[gene];
    if (active[gene] && value + 1 < static_cast<std::int32_t>(genes[gene].options.size())) {
      ++value;
      return genotype;
    }
    value = 0;
  }
  return std::nullopt;
}

}  // namespace nas
