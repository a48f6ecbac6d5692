#include "experiments/search/screening.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "nas/network.h"

namespace nas {
namespace {

bool reads_counts(const Expression& expression, const std::vector<std::string>& evaluator_metrics) {
  return std::any_of(expression.variables().begin(), expression.variables().end(), [&](const std::string& name) {
    const bool reported =
        std::find(evaluator_metrics.begin(), evaluator_metrics.end(), name) != evaluator_metrics.end();
    const std::string_view base = std::string_view(name).substr(0, name.find('.'));
    return !reported && (base == "params" || base == "macs");
  });
}

std::string network_key(const SearchSpace& space, const Genotype& genotype, std::uint64_t hash, std::int32_t budget) {
  std::string key = fmt::format("{:016x}/{}", hash, budget);
  const auto active = active_genes(space.genes(), genotype);
  for (std::size_t i = 0; i < space.genes().size(); ++i) {
    if (!space.genes()[i].hyperparameter.empty() && active[i]) key += fmt::format("/{}={}", i, genotype.genes[i]);
  }
  return key;
}

void count_into(Metrics& metrics, const Network& network) {
  for (const auto& [name, count] : named_counts(network)) metrics.try_emplace(name, static_cast<double>(count));
}

}  // namespace

bool counts_networks(const ExperimentConfig& config, const SearchSpace& space,
                     const std::vector<std::string>& evaluator_metrics) {
  if (!space.has_network()) return false;
  if (config.evaluator.type != EvaluatorType::Table) return true;
  for (const ObjectiveConfig& objective : config.objectives) {
    const auto expression = Expression::parse(objective.expression);
    if (expression && reads_counts(*expression, evaluator_metrics)) return true;
  }
  return std::any_of(config.limits.begin(), config.limits.end(), [&](const std::string& text) {
    const auto limit = parse_limit(text);
    return limit && reads_counts(limit->excess, evaluator_metrics);
  });
}

std::int32_t budget_of(const ExperimentConfig& config) {
  const bool by_table = config.evaluator.type == EvaluatorType::Table;
  return static_cast<std::int32_t>(by_table ? config.evaluator.table.epochs : config.training.epochs);
}

Screen make_screen(const SearchSpace& space, ScreenRules rules) {
  return [&space, rules = std::move(rules)](const Genotype& genotype) {
    Screening screening;
    screening.key = to_string(genotype);
    const auto row = rules.table ? rules.table->find_row(genotype) : std::nullopt;
    if (row) screening.computed = rules.table->computed(*row);
    if (rules.count_networks) {
      const auto network = space.decode(genotype);
      const std::uint64_t hash = network ? canonical_hash(*network) : kNoNetwork;
      if (hash == kNoNetwork && !rules.table) {
        screening.verdict = Screening::Verdict::Invalid;
        return screening;
      }
      if (network) count_into(screening.computed, *network);
      if (!rules.table) screening.key = network_key(space, genotype, hash, rules.budget);
    }
    if (rules.table && !row) return screening;  // its failure is the evaluator's to tell
    for (const Limit& limit : rules.limits) {
      const auto excess = evaluate(limit.excess, screening.computed);
      if (!excess || *excess > 0) screening.verdict = Screening::Verdict::OverLimit;
    }
    return screening;
  };
}

}  // namespace nas
