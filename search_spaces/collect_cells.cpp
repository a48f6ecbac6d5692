// Genes of cells: which earlier nodes are taken, what is on each edge and node.
#include <fmt/format.h>

#include "search_spaces/collector.h"
#include "search_spaces/combinations.h"

namespace nas {
namespace {

constexpr std::size_t kMaxCombinations = 10'000;

std::string set_text(const std::vector<std::size_t>& set) {
  std::string text;
  for (const std::size_t number : set) text += fmt::format("{}{}", text.empty() ? "" : "+", number);
  return text;
}

/// 0 .. count-1 as options; their names are the numbers.
std::vector<GeneOption> number_options(std::size_t count) {
  std::vector<GeneOption> options;
  for (std::size_t i = 0; i < count; ++i) options.push_back({std::to_string(i), static_cast<double>(i)});
  return options;
}

}  // namespace

void Collector::walk_cell(const Step& step, Environment& environment, const Position& at) {
  const CellDefinition& cell = ast_.cells[step.target];
  const Position inside = enter(step, cell.name, at);
  const SortKey outer = section_;
  if (inside.scope == 0) section_ = {1, step.target};
  const auto outer_cell = open_cell_;
  if (!open_cell_) open_cell_ = cell_uses_.try_emplace({step.target, inside.scope}, cell_uses_.size()).first->second;
  Environment bound = bind(cell.parameters, arguments(step, environment, at), inside);
  bound.emplace_back(cell.split_widths ? "width" : "older", unknown());
  walk(cell.prepare, bound, with_path(inside, "prepare"));
  bound.back() = {"from_input", constant(0.0)};
  for (std::size_t to = cell.inputs; to < cell.inputs + cell.nodes && !stopped_; ++to) {
    walk_cell_edges(cell, to, bound, inside);
    const std::string label = join_path(inside.path, fmt::format("{}.node", to));
    walk(cell.node, bound, {child(inside, &cell, node_index(to), label), inside.guard, {}});
  }
  bound.pop_back();
  if (cell.output == CellDefinition::Output::ConcatTaken) {
    const std::size_t output = cell.inputs + cell.nodes;
    for (std::size_t from = 0; from < output; ++from) {
      (void)take_gene(
          cell, output, from, fmt::format("output.takes[{}]", from), [] { return number_options(2); }, inside);
    }
  }
  walk(cell.output_inputs, bound, with_path(inside, "output"));
  section_ = outer;
  open_cell_ = outer_cell;
}

/// What node `to` takes, and the bodies on its edges.
void Collector::walk_cell_edges(const CellDefinition& cell, std::size_t to, Environment& environment,
                                const Position& inside) {
  const Takes& takes = cell.takes;
  if (takes.kind != Takes::Kind::Some) {
    for (std::size_t from = 0; from < to; ++from) {
      environment.back().second = constant(from < cell.inputs ? 1.0 : 0.0);
      Position at = inside;
      if (takes.kind == Takes::Kind::Any) {
        const auto taken = take_gene(
            cell, to, from, fmt::format("{}.takes[{}]", to, from), [] { return number_options(2); }, inside);
        at.guard = narrow(cell.place, inside.guard, {{GeneCondition{taken, {1}}}});
      }
      walk_edge(cell, from, to, fmt::format("{}<-{}", to, from), environment, at);
    }
    return;
  }
  if (takes.repeated) {
    for (std::size_t slot = 0; slot < takes.count; ++slot) {
      (void)take_gene(
          cell, to, slot, fmt::format("{}.takes[{}]", to, slot), [&] { return number_options(to); }, inside);
    }
  } else {
    const std::size_t count = count_combinations(to, takes.count, kMaxCombinations);
    if (count > kMaxCombinations) {
      return fail(cell.place, fmt::format("cell '{}': node {} has over {} ways to take {} of {} nodes, use `any`",
                                          cell.name, to, kMaxCombinations, takes.count, to));
    }
    const auto sets = [&] {
      std::vector<GeneOption> options;
      for (std::size_t i = 0; i < count; ++i) {
        options.push_back({set_text(combination(to, takes.count, i)), std::nullopt});
      }
      return options;
    };
    (void)take_gene(cell, to, 0, fmt::format("{}.takes", to), sets, inside);
  }
  // Which node an edge leaves is known only when the genes are.
  environment.back().second = unknown();
  for (std::size_t slot = 0; slot < takes.count; ++slot) {
    walk_edge(cell, slot, to, fmt::format("{}.edge[{}]", to, slot), environment, inside);
  }
}

void Collector::walk_edge(const CellDefinition& cell, std::size_t slot, std::size_t to, const std::string& label,
                          Environment& environment, const Position& inside) {
  const ScopeId scope = child(inside, &cell, edge_index(slot, to), join_path(inside.path, label));
  walk(cell.edge, environment, {scope, inside.guard, {}});
}

std::size_t Collector::take_gene(const CellDefinition& cell, std::size_t to, std::size_t slot, const std::string& label,
                                 const MakeOptions& options, const Position& inside) {
  const ScopeId scope = child(inside, &cell.takes, edge_index(slot, to), join_path(inside.path, label));
  return gene(cell.takes.choice, {scope, inside.guard, {}}, options);
}

}  // namespace nas
