// The genes of a space: which there are, what they are called, when they are active, and which
// one belongs to a choice at a place.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "nas/search_space.h"
#include "search_spaces/space_ast.h"

namespace nas {

/// Where a choice is met: scope 0 is the whole space; `choices: own` and the edges and nodes of a
/// cell open scopes of their own inside another.
using ScopeId = std::uint32_t;

struct GeneTable {
  std::vector<Gene> genes;
  /// Genes of one use of a cell share a number, any other gene has one of its own.
  std::vector<std::size_t> groups;
  std::size_t cells = 0;  // groups that are cells
  /// (choice, scope) -> gene.
  std::map<std::pair<std::size_t, ScopeId>, std::size_t> gene_of;
  /// (scope, what opens the new one, its index there) -> scope.
  std::map<std::tuple<ScopeId, const void*, std::size_t>, ScopeId> child_scopes;
  /// Values of named choices, visible as ${name} everywhere.
  std::map<std::string, std::pair<const ValueNode*, std::size_t>, std::less<>> named;
};

/// Index that a cell's part has among the scopes it opens.
[[nodiscard]] constexpr std::size_t edge_index(std::size_t from, std::size_t to) { return to * 65 + from; }
[[nodiscard]] constexpr std::size_t node_index(std::size_t node) { return node * 65 + 64; }

/// Walks all that could be reached under any genotype. The table points into `ast`, which must
/// outlive it and stay where it is. Error: a line each, with the place: a name used twice, a
/// number of repetitions that depends on tensors, an unknown name in an expression.
[[nodiscard]] Result<GeneTable> collect_genes(const SpaceAst& ast);

/// `left.right`, or the one that is not empty.
[[nodiscard]] std::string join_path(const std::string& left, const std::string& right);

}  // namespace nas
