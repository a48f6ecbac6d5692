#include "search_spaces/gene_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "search_spaces/collector.h"
#include "search_spaces/limits.h"

namespace nas {
Result<GeneTable> Collector::run() {
  for (const auto& [name, value] : ast_.parameters) parameters_.emplace_back(name, constant(value));
  Environment empty;
  for (const auto& [name, value] : ast_.top_choices) evaluate(value, empty, {});
  section_ = {2, 0};
  walk(ast_.network, empty, {});
  section_ = {3, 0};
  for (const auto& [name, value] : ast_.hyperparameters) {
    evaluate(value, empty, {});
    const auto found = table_.gene_of.find({value.choice, 0});
    if (found != table_.gene_of.end()) table_.genes[found->second].hyperparameter = name;
  }
  if (errors_.empty()) order();
  if (!errors_.empty()) return Error{fmt::format("{}", fmt::join(errors_, "\n"))};
  return std::move(table_);
}

Cardinality Collector::cardinality() const {
  return [this](std::size_t gene) { return table_.genes[gene].options.size(); };
}

ScopeId Collector::child(const Position& at, const void* opener, std::size_t index, const std::string& path) {
  const auto next = static_cast<ScopeId>(scope_paths_.size());
  const auto [entry, is_new] = table_.child_scopes.try_emplace({at.scope, opener, index}, next);
  if (is_new) scope_paths_.push_back(join_path(scope_paths_[at.scope], path));
  return entry->second;
}

std::size_t Collector::gene(std::size_t choice, const Position& at, const MakeOptions& options) {
  const ChoiceNode& node = ast_.choices[choice];
  const auto [entry, is_new] = table_.gene_of.try_emplace({choice, at.scope}, table_.genes.size());
  const std::size_t index = entry->second;
  if (!is_new) {
    widen_gene(index, node.place, at.guard);
    return index;
  }
  Gene gene;
  gene.name = join_path(scope_paths_[at.scope], at.path);
  if (!node.name.empty()) gene.name = at.scope == 0 ? node.name : join_path(scope_paths_[at.scope], node.name);
  if (gene.name.empty()) gene.name = "choose";
  gene.options = options();
  gene.weights = node.weights;
  gene.active_when = at.guard;
  options_ += gene.options.size();
  spend(node.place, extent(at.guard) + gene.name.size());
  if (options_ > kMaxAllOptions)
    stop(node.place, fmt::format("the genes up to here have over {} options", kMaxAllOptions));
  if (!names_.insert(gene.name).second) {
    fail(node.place, fmt::format("two genes are called '{}', give one a `name:` or its step a `label:`", gene.name));
  }
  table_.genes.push_back(std::move(gene));
  keys_.push_back(section_);
  cell_of_.push_back(open_cell_);
  return index;
}

std::vector<GeneOption> Collector::option_names(std::size_t choice) const {
  std::vector<GeneOption> options;
  for (const std::string& name : ast_.choices[choice].options) options.push_back({name, std::nullopt});
  return options;
}

/// Genes in the documented order, conditions and tables renumbered with them.
void Collector::order() {
  std::vector<std::size_t> sorted(table_.genes.size());
  std::iota(sorted.begin(), sorted.end(), std::size_t{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](std::size_t a, std::size_t b) { return keys_[a] < keys_[b]; });
  std::vector<std::size_t> place(sorted.size());
  std::vector<Gene> genes;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    place[sorted[i]] = i;
    genes.push_back(std::move(table_.genes[sorted[i]]));
  }
  for (Gene& gene : genes) {
    if (gene.active_when == always()) gene.active_when.clear();
    for (auto& conjunction : gene.active_when) {
      for (GeneCondition& condition : conjunction) condition.gene = place[condition.gene];
    }
  }
  group(sorted);
  table_.genes = std::move(genes);
  for (auto& entry : table_.gene_of) entry.second = place[entry.second];
  for (auto& entry : table_.named) entry.second.second = place[entry.second.second];
}

/// A cell's group is the place of its first gene.
void Collector::group(const std::vector<std::size_t>& sorted) {
  std::map<std::size_t, std::size_t> first;
  for (std::size_t place = 0; place < sorted.size(); ++place) {
    const auto cell = cell_of_[sorted[place]];
    table_.groups.push_back(cell ? first.try_emplace(*cell, place).first->second : place);
  }
  table_.cells = first.size();
}

std::string join_path(const std::string& left, const std::string& right) {
  if (left.empty() || right.empty()) return left + right;
  return left + "." + right;
}

Result<GeneTable> collect_genes(const SpaceAst& ast) { return Collector(ast).run(); }

}  // namespace nas
