#include "nas/surrogate/description.h"

#include <cmath>
#include <utility>

namespace nas {
namespace {

std::vector<std::uint16_t> model_options(const std::vector<Gene>& genes, const Genotype& genotype) {
  const std::vector<bool> active = active_genes(genes, genotype);
  std::vector<std::uint16_t> options;
  for (std::size_t i = 0; i < genes.size(); ++i) {
    const std::size_t inactive = genes[i].options.size();
    options.push_back(static_cast<std::uint16_t>(active[i] ? static_cast<std::size_t>(genotype.genes[i]) : inactive));
  }
  return options;
}

}  // namespace

std::shared_ptr<const Description> Describer::describe(const Genotype& genotype) {
  if (const auto known = known_.find(genotype); known != known_.end()) return known->second;
  if (known_.size() >= kRemembered) known_.clear();
  return known_.emplace(genotype, std::make_shared<const Description>(make(genotype))).first->second;
}

Description Describer::make(const Genotype& genotype) const {
  Screening screening = problem_.screen(genotype);
  Description description;
  description.usable = screening.verdict == Screening::Verdict::Accepted;
  description.key = std::move(screening.key);
  for (const Objective& objective : problem_.objectives) {
    const auto value = evaluate(objective.expression, screening.computed);
    description.objectives.push_back(value ? std::optional(minimised({objective}, {*value}).front()) : std::nullopt);
  }
  description.point.options = model_options(problem_.space.genes(), genotype);
  if (problem_.features) {
    description.point.graph = problem_.features(genotype);
  } else if (problem_.space.has_network() && description.usable) {
    const auto decoded = problem_.space.decode_cells(genotype);
    if (decoded) description.point.graph = graph_features(*decoded);
  }
  // Cost says much of accuracy; by its magnitude, since costs span some.
  for (std::size_t k = 0; k < description.objectives.size(); ++k) {
    if (!description.objectives[k]) continue;
    const double value = *description.objectives[k];
    description.point.graph.counts[kComputedFeatures].emplace_back(
        k, static_cast<float>(std::copysign(std::log1p(std::abs(value)), value)));
  }
  return description;
}

}  // namespace nas
