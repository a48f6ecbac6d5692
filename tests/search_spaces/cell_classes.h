// Counts cells given as adjacency matrices up to isomorphism: NAS-Bench-101's distinct cells.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <vector>

#include "search_spaces/split_widths.h"

namespace nas::testing {

/// Bit 8 * from + to is the edge; the first vertex is the input, the last the output.
struct CellShape {
  std::size_t vertices = 0;
  std::uint64_t edges = 0;
  auto operator<=>(const CellShape&) const = default;
};

using Permutation = std::vector<std::size_t>;

/// The cell without the vertices that no edge touches, input and output aside.
inline CellShape compact(const Adjacency& matrix) {
  std::vector<std::size_t> kept;
  for (std::size_t v = 0; v < matrix.size(); ++v) {
    bool touched = v == 0 || v + 1 == matrix.size();
    for (std::size_t other = 0; other < matrix.size(); ++other) touched |= matrix[v][other] || matrix[other][v];
    if (touched) kept.push_back(v);
  }
  CellShape shape{kept.size(), 0};
  for (std::size_t from = 0; from < kept.size(); ++from) {
    for (std::size_t to = 0; to < kept.size(); ++to) {
      if (matrix[kept[from]][kept[to]]) shape.edges |= std::uint64_t{1} << (8 * from + to);
    }
  }
  return shape;
}

/// All permutations that leave the input and the output in place.
inline std::vector<Permutation> inner_permutations(std::size_t vertices) {
  Permutation order(vertices);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::vector<Permutation> all;
  do {
    all.push_back(order);
  } while (std::next_permutation(order.begin() + 1, order.end() - 1));
  return all;
}

inline CellShape permuted(const CellShape& shape, const Permutation& order) {
  CellShape result{shape.vertices, 0};
  for (std::size_t from = 0; from < shape.vertices; ++from) {
    for (std::size_t to = 0; to < shape.vertices; ++to) {
      const std::uint64_t edge = shape.edges >> (8 * from + to) & 1U;
      result.edges |= edge << (8 * order[from] + order[to]);
    }
  }
  return result;
}

/// In how many ways that no automorphism maps to one another the inner vertices can be given
/// `labels` labels: Burnside's lemma, the mean over the automorphisms of labels ^ cycles.
inline std::int64_t count_labellings(const CellShape& shape, std::int64_t labels,
                                     const std::vector<Permutation>& orders) {
  std::int64_t automorphisms = 0;
  std::int64_t fixed = 0;
  for (const Permutation& order : orders) {
    if (permuted(shape, order) != shape) continue;
    ++automorphisms;
    std::int64_t labellings = 1;
    std::vector<bool> seen(order.size());
    for (std::size_t v = 1; v + 1 < order.size(); ++v) {
      if (!seen[v]) labellings *= labels;
      for (std::size_t next = v; !seen[next]; next = order[next]) seen[next] = true;
    }
    fixed += labellings;
  }
  return fixed / automorphisms;
}

/// What pruning leaves of the matrices of this many vertices, input and output included.
inline std::set<CellShape> pruned_shapes(std::size_t vertices, int max_edges) {
  std::set<CellShape> shapes;
  const std::size_t pairs = vertices * (vertices - 1) / 2;
  Adjacency matrix(vertices, std::vector<bool>(vertices));
  for (std::uint32_t bits = 0; bits < std::uint32_t{1} << pairs; ++bits) {
    std::size_t pair = 0;
    for (std::size_t from = 0; from < vertices; ++from) {
      for (std::size_t to = 0; to < vertices; ++to) {
        matrix[from][to] = from < to && (bits >> pair & 1U) != 0;
        if (from < to) ++pair;
      }
    }
    if (!prune(matrix)) continue;
    const CellShape shape = compact(matrix);
    if (std::popcount(shape.edges) <= max_edges) shapes.insert(shape);
  }
  return shapes;
}

/// Distinct cells by their number of vertices: graphs up to a relabelling of the inner vertices,
/// each of which has one of `labels` operations. Two cells are the same if and only if some
/// permutation of the inner vertices maps one to the other, and there are at most 5! of them.
inline std::map<std::size_t, std::int64_t> count_cells(std::size_t vertices, int max_edges, std::int64_t labels) {
  std::map<std::size_t, std::vector<Permutation>> orders;
  for (std::size_t v = 2; v <= vertices; ++v) orders[v] = inner_permutations(v);
  std::set<CellShape> classes;
  std::map<std::size_t, std::int64_t> counts;
  for (const CellShape& shape : pruned_shapes(vertices, max_edges)) {
    CellShape least = shape;
    for (const Permutation& order : orders[shape.vertices]) least = std::min(least, permuted(shape, order));
    if (!classes.insert(least).second) continue;
    counts[shape.vertices] += count_labellings(least, labels, orders[shape.vertices]);
  }
  return counts;
}

}  // namespace nas::testing
