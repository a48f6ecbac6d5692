#include "search_spaces/split_widths.h"

#include <algorithm>

namespace nas {

bool prune(Adjacency& matrix) {
  const std::size_t vertices = matrix.size();
  std::vector<bool> reached(vertices);
  std::vector<bool> used(vertices);
  reached.front() = used.back() = true;
  for (std::size_t to = 1; to < vertices; ++to) {
    for (std::size_t from = 0; from < to; ++from) reached[to] = reached[to] || (matrix[from][to] && reached[from]);
  }
  for (std::size_t from = vertices - 1; from-- > 0;) {
    for (std::size_t to = from + 1; to < vertices; ++to) used[from] = used[from] || (matrix[from][to] && used[to]);
  }
  for (std::size_t from = 0; from < vertices; ++from) {
    for (std::size_t to = 0; to < vertices; ++to) {
      matrix[from][to] = matrix[from][to] && reached[from] && used[from] && reached[to] && used[to];
    }
  }
  return reached.back();
}

std::vector<std::int64_t> split_widths(const Adjacency& matrix, std::int64_t input_channels,
                                       std::int64_t output_channels) {
  const std::size_t output = matrix.size() - 1;
  std::vector<std::int64_t> widths(matrix.size());
  widths.front() = input_channels;
  widths.back() = output_channels;
  std::int64_t taken = 0;
  for (std::size_t v = 1; v < output; ++v) taken += matrix[v][output] ? 1 : 0;
  if (taken == 0) return widths;
  std::int64_t remainder = output_channels % taken;
  for (std::size_t v = 1; v < output; ++v) {
    if (!matrix[v][output]) continue;
    widths[v] = output_channels / taken + (remainder > 0 ? 1 : 0);
    if (remainder > 0) --remainder;
  }
  for (std::size_t v = output; v-- > 1;) {
    if (matrix[v][output]) continue;
    for (std::size_t to = v + 1; to < output; ++to) {
      if (matrix[v][to]) widths[v] = std::max(widths[v], widths[to]);
    }
  }
  return widths;
}

}  // namespace nas
