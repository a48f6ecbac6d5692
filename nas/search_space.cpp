#include "nas/search_space.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "nas/check.h"

namespace nas {

Result<Decoded> SearchSpace::decode_cells(const Genotype& genotype) const {
  auto network = decode(genotype);
  if (!network) return network.error();
  return Decoded{std::move(*network), {}};
}
namespace {

enum class Activity : std::uint8_t { Unknown, Open, Inactive, Active };

// Decides a gene's activity after those that its conditions name; each gene once.
class ActivityResolver {
 public:
  ActivityResolver(const std::vector<Gene>& genes, const Genotype& genotype)
      : genes_(genes), genotype_(genotype), activity_(genes.size(), Activity::Unknown) {}

  bool is_active(std::size_t gene) {
    Activity& activity = activity_[gene];
    if (activity != Activity::Unknown) {
      NAS_CHECK(activity != Activity::Open, "the conditions of a space's genes must not form a circle");
      return activity == Activity::Active;
    }
    activity = Activity::Open;
    const auto& alternatives = genes_[gene].active_when;
    const bool active =
        alternatives.empty() || std::any_of(alternatives.begin(), alternatives.end(),
                                            [&](const auto& conditions) { return all_hold(conditions); });
    activity = active ? Activity::Active : Activity::Inactive;
    return active;
  }

 private:
  bool all_hold(const std::vector<GeneCondition>& conditions) {
    return std::all_of(conditions.begin(), conditions.end(), [&](const GeneCondition& condition) {
      const std::int32_t option = genotype_.genes[condition.gene];
      const bool listed =
          std::find(condition.options.begin(), condition.options.end(), option) != condition.options.end();
      return listed && is_active(condition.gene);
    });
  }

  const std::vector<Gene>& genes_;
  const Genotype& genotype_;
  std::vector<Activity> activity_;
};

double weight_of(const Gene& gene, std::size_t option) { return gene.weights.empty() ? 1.0 : gene.weights[option]; }

// An option by weight, never `excluded`; empty where no other option has any weight.
std::optional<std::int32_t> draw_option(const Gene& gene, std::optional<std::int32_t> excluded, Rng& rng) {
  double total = 0;
  const auto excluded_index = excluded ? static_cast<std::size_t>(*excluded) : gene.options.size();
  for (std::size_t i = 0; i < gene.options.size(); ++i) {
    if (i != excluded_index) total += weight_of(gene, i);
  }
  if (!(total > 0)) return std::nullopt;
  double left = rng.uniform() * total;
  std::optional<std::int32_t> last;
  for (std::size_t i = 0; i < gene.options.size(); ++i) {
    const double weight = weight_of(gene, i);
    if (i == excluded_index || !(weight > 0)) continue;
    last = static_cast<std::int32_t>(i);
    left -= weight;
    if (left < 0) break;
  }
  return last;  // rounding may leave a crumb after the last option
}

std::int32_t sample_option(const Gene& gene, Rng& rng) {
  if (gene.weights.empty()) return static_cast<std::int32_t>(rng.index(gene.options.size()));
  return draw_option(gene, std::nullopt, rng).value_or(0);
}

bool can_change(const Gene& gene, std::int32_t value) {
  if (gene.weights.empty()) return gene.options.size() > 1;
  for (std::size_t i = 0; i < gene.options.size(); ++i) {
    if (i != static_cast<std::size_t>(value) && gene.weights[i] > 0) return true;
  }
  return false;
}

std::int32_t other_option(const Gene& gene, std::int32_t value, Rng& rng) {
  if (!gene.weights.empty()) return draw_option(gene, value, rng).value_or(value);
  const auto drawn = static_cast<std::int32_t>(rng.index(gene.options.size() - 1));
  return drawn < value ? drawn : drawn + 1;
}

/// `from_a` says which parent a gene comes from where both have it active.
template <class FromA>
Genotype cross(const std::vector<Gene>& genes, const Genotype& a, const Genotype& b, Rng& rng, const FromA& from_a) {
  const std::vector<bool> active_in_a = active_genes(genes, a);
  const std::vector<bool> active_in_b = active_genes(genes, b);
  Genotype child;
  child.genes.reserve(genes.size());
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    const bool prefers_a = from_a(gene);
    if (active_in_a[gene] && (prefers_a || !active_in_b[gene])) {
      child.genes.push_back(a.genes[gene]);
    } else if (active_in_b[gene]) {
      child.genes.push_back(b.genes[gene]);
    } else {
      child.genes.push_back(sample_option(genes[gene], rng));
    }
  }
  return canonical(genes, std::move(child));
}

}  // namespace

std::vector<bool> active_genes(const std::vector<Gene>& genes, const Genotype& genotype) {
  NAS_CHECK(genotype.genes.size() == genes.size(), "a genotype has one value for each gene of its space");
  ActivityResolver resolver(genes, genotype);
  std::vector<bool> active(genes.size());
  for (std::size_t gene = 0; gene < genes.size(); ++gene) active[gene] = resolver.is_active(gene);
  return active;
}

Genotype canonical(const std::vector<Gene>& genes, Genotype genotype) {
  const std::vector<bool> active = active_genes(genes, genotype);
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    if (!active[gene]) genotype.genes[gene] = 0;
  }
  return genotype;
}

std::optional<Error> check_genotype(const std::vector<Gene>& genes, const Genotype& genotype) {
  if (genotype.genes.size() != genes.size()) {
    return Error{
        fmt::format("the genotype '{}' has {} genes, the space has {} (one option index a gene, joined by commas)",
                    to_string(genotype), genotype.genes.size(), genes.size())};
  }
  for (std::size_t i = 0; i < genes.size(); ++i) {
    const auto options = static_cast<std::int32_t>(genes[i].options.size());
    const std::int32_t value = genotype.genes[i];
    if (value >= 0 && value < options) continue;
    std::vector<std::string> names;
    for (const GeneOption& option : genes[i].options) names.push_back(option.name);
    return Error{fmt::format("the genotype '{}' has {} for gene '{}' (number {}), try 0 to {}: {}", to_string(genotype),
                             value, genes[i].name, i + 1, options - 1, fmt::join(names, ", "))};
  }
  return std::nullopt;
}

Genotype sample_genes(const std::vector<Gene>& genes, Rng& rng) {
  Genotype genotype;
  genotype.genes.reserve(genes.size());
  for (const Gene& gene : genes) genotype.genes.push_back(sample_option(gene, rng));
  return canonical(genes, std::move(genotype));
}

Genotype mutate_genes(const std::vector<Gene>& genes, const Genotype& parent, Rng& rng) {
  const std::vector<bool> active = active_genes(genes, parent);
  std::vector<std::size_t> changeable;
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    if (active[gene] && can_change(genes[gene], parent.genes[gene])) changeable.push_back(gene);
  }
  if (changeable.empty()) return parent;
  Genotype child = parent;
  const auto active_count = static_cast<std::uint64_t>(std::count(active.begin(), active.end(), true));
  bool changed = false;
  for (const std::size_t gene : changeable) {
    if (rng.below(active_count) != 0) continue;
    child.genes[gene] = other_option(genes[gene], parent.genes[gene], rng);
    changed = true;
  }
  if (!changed) {
    const std::size_t gene = changeable[rng.index(changeable.size())];
    child.genes[gene] = other_option(genes[gene], parent.genes[gene], rng);
  }
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    if (!active[gene]) child.genes[gene] = sample_option(genes[gene], rng);  // counts if it is activated
  }
  return canonical(genes, std::move(child));
}

Genotype cross_genes(const std::vector<Gene>& genes, const Genotype& a, const Genotype& b, Rng& rng) {
  return cross(genes, a, b, rng, [&](std::size_t) { return rng.below(2) == 0; });
}

Genotype cross_groups(const std::vector<Gene>& genes, const std::vector<std::size_t>& groups, const Genotype& a,
                      const Genotype& b, Rng& rng) {
  std::vector<std::optional<bool>> from_a(genes.size());
  return cross(genes, a, b, rng, [&](std::size_t gene) {
    auto& group = from_a[groups[gene]];
    if (!group) group = rng.below(2) == 0;
    return *group;
  });
}

}  // namespace nas
