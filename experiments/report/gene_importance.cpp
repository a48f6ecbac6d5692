#include "experiments/report/gene_importance.h"

#include <algorithm>
#include <numeric>

namespace nas {
namespace {

constexpr std::size_t kMostRows = 4000;  // an even choice of more: forests grow with n log n

struct Table {
  ForestData data;
  OptionWeights weights;
};

std::vector<double> option_weights(const Gene& gene) {
  std::vector<double> weights = gene.weights;
  if (weights.empty()) weights.assign(gene.options.size(), 1);
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& weight : weights) weight /= sum;
  return weights;
}

Table table_of(const ReportRun& run, const std::vector<const TrialScore*>& rows) {
  const std::vector<Gene>& genes = run.study.genes;
  Table table;
  table.data.columns.resize(genes.size());
  std::vector<double> inactive(genes.size(), 0);
  for (const TrialScore* row : rows) {
    const Genotype& genotype = trial_of(run, row->id).asked.candidate.genotype;
    const std::vector<bool> active = active_genes(genes, genotype);
    for (std::size_t g = 0; g < genes.size(); ++g) {
      const auto none = static_cast<std::int32_t>(genes[g].options.size());
      table.data.columns[g].push_back(active[g] ? genotype.genes[g] : none);
      inactive[g] += active[g] ? 0 : 1;
    }
  }
  for (std::size_t g = 0; g < genes.size(); ++g) {
    std::vector<double> weights = option_weights(genes[g]);
    const double share = inactive[g] / static_cast<double>(rows.size());
    for (double& weight : weights) weight *= 1 - share;
    if (share > 0) weights.push_back(share);
    table.data.options.push_back(weights.size());
    table.weights.push_back(std::move(weights));
  }
  return table;
}

bool varies(const std::vector<double>& values) {
  return std::ranges::any_of(values, [&](double value) { return value != values.front(); });
}

}  // namespace

std::vector<ObjectiveImportance> gene_importance(const ReportRun& run) {
  const std::vector<TrialScore>& scores = run.contest.scores;
  if (scores.size() < kFewestResults || run.study.genes.empty()) return {};
  const std::size_t stride = (scores.size() + kMostRows - 1) / kMostRows;
  std::vector<const TrialScore*> rows;
  for (std::size_t i = 0; i < scores.size(); i += stride) rows.push_back(&scores[i]);
  Table table = table_of(run, rows);
  std::vector<ObjectiveImportance> result;
  for (std::size_t objective = 0; objective < run.study.objectives.size(); ++objective) {
    table.data.values.clear();
    for (const TrialScore* row : rows) table.data.values.push_back(row->values[objective]);
    if (!varies(table.data.values)) continue;
    result.push_back({objective, importance_of(fit_forest(table.data), table.weights)});
  }
  return result;
}

}  // namespace nas
