#include "search_spaces/constraints.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "nas/option.h"

namespace nas {
namespace {

constexpr std::string_view kEdges = "edges.";
constexpr std::string_view kVertices = "vertices.";
constexpr std::string_view kNotMet = "the constraint is not met: ";

/// Index of the cell that "edges.NAME" or "vertices.NAME" speaks of.
const CellDefinition* cell_of(const SpaceAst& ast, std::string_view variable) {
  const auto dot = variable.find('.');
  if (!variable.starts_with(kEdges) && !variable.starts_with(kVertices)) return nullptr;
  const std::string_view name = variable.substr(dot + 1);
  const auto found =
      std::find_if(ast.cells.begin(), ast.cells.end(), [&](const auto& cell) { return cell.name == name; });
  return found == ast.cells.end() ? nullptr : &*found;
}

/// As it was written: "edges(cell)".
std::string shown(std::string_view variable) {
  const std::size_t length = variable.starts_with(kEdges)      ? kEdges.size()
                             : variable.starts_with(kVertices) ? kVertices.size()
                                                               : 0;
  return length == 0 ? std::string(variable)
                     : fmt::format("{}({})", variable.substr(0, length - 1), variable.substr(length));
}

std::optional<std::size_t> gene_index(const GeneTable& genes, std::string_view name) {
  for (std::size_t i = 0; i < genes.genes.size(); ++i) {
    if (genes.genes[i].name == name) return i;
  }
  return std::nullopt;
}

double network_value(std::string_view variable, const Network& network) {
  const Cost cost = count_cost(network);
  return static_cast<double>(variable == "params" ? cost.params : variable == "macs" ? cost.macs : cost.depth);
}

double cell_value(std::string_view variable, const CellDefinition& cell, const std::vector<CellGraph>& cells) {
  for (const CellGraph& graph : cells) {
    if (graph.name != cell.name) continue;
    return static_cast<double>(variable.starts_with(kEdges) ? count_edges(graph) : count_vertices(graph));
  }
  return 0;  // the cell is not in use
}

}  // namespace

std::optional<Error> check_constraints(const SpaceAst& ast, const GeneTable& genes) {
  std::vector<std::string> known;
  for (const Gene& gene : genes.genes) known.push_back(gene.name);
  if (ast.input) known.insert(known.end(), {"params", "macs", "depth"});
  for (const CellDefinition& cell : ast.cells) {
    known.push_back(fmt::format("edges({})", cell.name));
    known.push_back(fmt::format("vertices({})", cell.name));
  }
  for (const ConstraintNode& constraint : ast.constraints) {
    for (const std::string& variable : constraint.expression.variables()) {
      const bool found =
          cell_of(ast, variable) != nullptr || std::find(known.begin(), known.end(), variable) != known.end();
      if (found) continue;
      return Error{fmt::format("{}: constraints: unknown name '{}' in '{}'{}", to_string(constraint.place),
                               shown(variable), constraint.text, suggest(variable, known))};
    }
  }
  return std::nullopt;
}

std::optional<Error> violated_constraint(const SpaceAst& ast, const GeneTable& genes, const Genotype& genotype,
                                         const Network& network, const std::vector<CellGraph>& cells) {
  for (const ConstraintNode& constraint : ast.constraints) {
    std::vector<double> values;
    std::string text;
    for (const std::string& variable : constraint.expression.variables()) {
      if (const CellDefinition* cell = cell_of(ast, variable)) {
        values.push_back(cell_value(variable, *cell, cells));
      } else if (const auto index = gene_index(genes, variable)) {
        const auto option = static_cast<std::size_t>(genotype.genes[*index]);
        values.push_back(genes.genes[*index].options[option].number.value_or(static_cast<double>(option)));
      } else {
        values.push_back(network_value(variable, network));
      }
      text += fmt::format("{}{} = {:.10g}", text.empty() ? "" : ", ", variable, values.back());
    }
    if (constraint.expression.evaluate(values) != 0) continue;
    return Error{fmt::format("{}: {}'{}' with {}", to_string(constraint.place), kNotMet, constraint.text, text)};
  }
  return std::nullopt;
}

bool is_violation(const Error& error) { return error.message.find(kNotMet) != std::string::npos; }

}  // namespace nas
