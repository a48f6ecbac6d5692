// count_genotypes of nas/search_space.h: one pass over the genes of each independent group, which
// carries how many partial genotypes there are for each state of those genes that later ones
// still ask about. Options that no later condition tells apart share a state.
#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <utility>

#include "nas/gene_order.h"
#include "nas/search_space.h"

namespace nas {
namespace {

// What later conditions can tell about a gene: an index into its classes of options, or that it
// is inactive.
constexpr std::int32_t kInactive = -1;

struct OptionClasses {
  std::vector<std::int32_t> of_option;
  std::vector<double> sizes;
};

using State = std::vector<std::int32_t>;  // by position in the list of genes still asked about
using States = std::map<State, double>;

std::vector<const GeneCondition*> conditions_on(const std::vector<Gene>& genes, std::size_t gene) {
  std::vector<const GeneCondition*> found;
  for (const Gene& other : genes) {
    for (const auto& conjunction : other.active_when) {
      for (const GeneCondition& condition : conjunction) {
        if (condition.gene == gene) found.push_back(&condition);
      }
    }
  }
  return found;
}

OptionClasses classify_options(const Gene& gene, const std::vector<const GeneCondition*>& conditions) {
  std::map<std::vector<bool>, std::int32_t> known;
  OptionClasses classes;
  for (std::size_t option = 0; option < gene.options.size(); ++option) {
    std::vector<bool> listed;
    for (const GeneCondition* condition : conditions) {
      listed.push_back(std::find(condition->options.begin(), condition->options.end(),
                                 static_cast<std::int32_t>(option)) != condition->options.end());
    }
    const auto [at, added] = known.try_emplace(std::move(listed), static_cast<std::int32_t>(known.size()));
    if (added) classes.sizes.push_back(0);
    classes.of_option.push_back(at->second);
    classes.sizes[static_cast<std::size_t>(at->second)] += 1;
  }
  return classes;
}

// Genes joined by conditions, directly or through others, have the same label.
std::vector<std::size_t> connected_groups(const std::vector<Gene>& genes) {
  std::vector<std::size_t> parent(genes.size());
  std::iota(parent.begin(), parent.end(), std::size_t{0});
  const auto root = [&](std::size_t gene) {
    while (parent[gene] != gene) gene = parent[gene] = parent[parent[gene]];
    return gene;
  };
  for (std::size_t gene = 0; gene < genes.size(); ++gene) {
    for (const auto& conjunction : genes[gene].active_when) {
      for (const GeneCondition& condition : conjunction) parent[root(gene)] = root(condition.gene);
    }
  }
  for (std::size_t gene = 0; gene < genes.size(); ++gene) parent[gene] = root(gene);
  return parent;
}

class GroupCounter {
 public:
  explicit GroupCounter(const std::vector<Gene>& genes) : genes_(genes), classes_(genes.size()) {
    for (std::size_t gene = 0; gene < genes.size(); ++gene) {
      classes_[gene] = classify_options(genes[gene], conditions_on(genes, gene));
    }
  }

  // `group`: its genes, each after those that its conditions name.
  double count(const std::vector<std::size_t>& group) {
    const std::map<std::size_t, std::size_t> last_asked = last_positions_asked(group);
    asked_about_.clear();
    States states = {{State{}, 1.0}};
    for (std::size_t i = 0; i < group.size(); ++i) {
      states = extend(states, group[i]);
      asked_about_.push_back(group[i]);
      std::vector<bool> needed;
      for (const std::size_t gene : asked_about_) {
        const auto last = last_asked.find(gene);
        needed.push_back(last != last_asked.end() && last->second > i);
      }
      states = forget(states, needed);
    }
    double total = 0;
    for (const auto& [state, number] : states) total += number;
    return total;
  }

 private:
  States extend(const States& states, std::size_t gene) const {
    States extended;
    for (const auto& [state, number] : states) {
      State next = state;
      next.push_back(kInactive);
      if (!is_active(genes_[gene], state)) {
        extended[next] += number;
        continue;
      }
      for (std::size_t c = 0; c < classes_[gene].sizes.size(); ++c) {
        next.back() = static_cast<std::int32_t>(c);
        extended[next] += number * classes_[gene].sizes[c];
      }
    }
    return extended;
  }

  bool is_active(const Gene& gene, const State& state) const {
    return gene.active_when.empty() ||
           std::any_of(gene.active_when.begin(), gene.active_when.end(), [&](const auto& conjunction) {
             return std::all_of(conjunction.begin(), conjunction.end(),
                                [&](const GeneCondition& condition) { return holds(condition, state); });
           });
  }

  bool holds(const GeneCondition& condition, const State& state) const {
    const auto at = std::find(asked_about_.begin(), asked_about_.end(), condition.gene);
    const std::int32_t value = state[static_cast<std::size_t>(at - asked_about_.begin())];
    if (value == kInactive) return false;
    const std::vector<std::int32_t>& of_option = classes_[condition.gene].of_option;
    return std::any_of(condition.options.begin(), condition.options.end(),
                       [&](std::int32_t option) { return of_option[static_cast<std::size_t>(option)] == value; });
  }

  // For each gene that a condition names: where in the group it is named last.
  std::map<std::size_t, std::size_t> last_positions_asked(const std::vector<std::size_t>& group) const {
    std::map<std::size_t, std::size_t> last;
    for (std::size_t i = 0; i < group.size(); ++i) {
      for (const auto& conjunction : genes_[group[i]].active_when) {
        for (const GeneCondition& condition : conjunction) last[condition.gene] = i;
      }
    }
    return last;
  }

  // Merges states that differ only in genes that are not needed any more.
  States forget(const States& states, const std::vector<bool>& needed) {
    asked_about_ = kept(asked_about_, needed);
    States merged;
    for (const auto& [state, number] : states) merged[kept(state, needed)] += number;
    return merged;
  }

  template <class T>
  static std::vector<T> kept(const std::vector<T>& values, const std::vector<bool>& needed) {
    std::vector<T> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (needed[i]) result.push_back(values[i]);
    }
    return result;
  }

  const std::vector<Gene>& genes_;
  std::vector<OptionClasses> classes_;
  std::vector<std::size_t> asked_about_;
};

}  // namespace

double count_genotypes(const std::vector<Gene>& genes) {
  const std::vector<std::size_t> labels = connected_groups(genes);
  std::map<std::size_t, std::vector<std::size_t>> groups;
  for (const std::size_t gene : depth_first_gene_order(genes)) groups[labels[gene]].push_back(gene);
  GroupCounter counter(genes);
  double total = 1;
  for (const auto& [label, group] : groups) total *= counter.count(group);
  return total;
}

}  // namespace nas
