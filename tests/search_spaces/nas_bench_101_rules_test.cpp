// NAS-Bench-101's rules: what counts as one cell, channels, the limit of edges.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "search_spaces/text_space.h"
#include "tests/search_spaces/cell_classes.h"

namespace nas {
namespace {

using ::testing::HasSubstr;

/// Whether every vertex is on a path from the first to the last, by transitive closure.
bool all_on_a_path(const std::vector<std::vector<int>>& matrix) {
  const std::size_t n = matrix.size();
  auto reach = matrix;
  for (std::size_t v = 0; v < n; ++v) reach[v][v] = 1;
  for (std::size_t k = 0; k < n; ++k) {
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) reach[i][j] |= reach[i][k] & reach[k][j];
    }
  }
  for (std::size_t v = 0; v < n; ++v) {
    if (reach[0][v] == 0 || reach[v][n - 1] == 0) return false;
  }
  return true;
}

/// The least text of adjacency and labels over all orders of the inner vertices.
std::string canonical_text(const std::vector<std::vector<int>>& matrix, const std::vector<int>& labels) {
  std::vector<std::size_t> order(matrix.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::string least;
  do {
    std::string text;
    for (const std::size_t a : order) {
      text += static_cast<char>('0' + labels[a]);
      for (const std::size_t b : order) text += static_cast<char>('0' + matrix[a][b]);
    }
    if (least.empty() || text < least) least = text;
  } while (std::next_permutation(order.begin() + 1, order.end() - 1));
  return least;
}

/// Cells of exactly this many vertices, every labelled graph by itself.
std::size_t brute_force(std::size_t vertices, int max_edges) {
  std::set<std::string> cells;
  const std::size_t pairs = vertices * (vertices - 1) / 2;
  std::size_t labellings = 1;
  for (std::size_t v = 2; v < vertices; ++v) labellings *= 3;
  for (std::size_t bits = 0; bits < std::size_t{1} << pairs; ++bits) {
    std::vector<std::vector<int>> matrix(vertices, std::vector<int>(vertices));
    std::size_t rest = bits;
    for (std::size_t to = 1; to < vertices; ++to) {
      for (std::size_t from = 0; from < to; ++from, rest /= 2) matrix[from][to] = static_cast<int>(rest % 2);
    }
    if (std::popcount(bits) > max_edges || !all_on_a_path(matrix)) continue;
    for (std::size_t labelling = 0; labelling < labellings; ++labelling) {
      std::vector<int> labels(vertices, 3);
      std::size_t digits = labelling;
      for (std::size_t v = 1; v + 1 < vertices; ++v, digits /= 3) labels[v] = static_cast<int>(digits % 3);
      cells.insert(canonical_text(matrix, labels));
    }
  }
  return cells.size();
}

// The published numbers of cells of 2 to 5 vertices; a limit of 5 edges bites, too.
TEST(NasBench101, SmallCellsAreCountedAsByBruteForce) {
  const std::map<std::size_t, std::int64_t> published = {{2, 1}, {3, 6}, {4, 84}, {5, 2441}};
  EXPECT_EQ(nas::testing::count_cells(5, 9, 3), published);
  const auto sparse = nas::testing::count_cells(5, 5, 3);
  for (std::size_t vertices = 2; vertices <= 5; ++vertices) {
    EXPECT_EQ(static_cast<std::int64_t>(brute_force(vertices, 9)), published.at(vertices)) << vertices;
    EXPECT_EQ(static_cast<std::int64_t>(brute_force(vertices, 5)), sparse.at(vertices)) << vertices;
  }
}

YamlNode library_file() {
  auto tree = read_yaml(std::string(NAS_LIBRARY_DIR) + "/nas_bench_101.yaml");
  if (!tree) throw Exception(tree.error().message);
  return std::move(*tree);
}

struct Cell {
  const char* matrix;      // for vertices 1 to 6: what each takes, the input first
  const char* operations;  // of vertices 1 to 5: 3x3 convolution, 1x1 convolution, max pooling
  std::int64_t params;
};

Genotype genotype_of(const Cell& cell) {
  Genotype genotype;
  const std::string matrix = std::string(cell.matrix) + " ";
  std::size_t vertex = 0;
  for (const char c : matrix) {
    if (c != ' ') {
      genotype.genes.push_back(c - '0');
    } else if (vertex < 5) {
      const char operation = cell.operations[vertex++];
      genotype.genes.push_back(operation == '3' ? 0 : operation == '1' ? 1 : 2);
    }
  }
  return genotype;
}

// Counted in Python after the reference code's compute_vertex_channels and build_module; the
// output takes 0 to 4 vertices, with remainders, with and without the input.
TEST(NasBench101, ChannelsAreThoseOfTheReferenceCode) {
  const auto space = TextSpace::make(library_file());
  ASSERT_TRUE(space.ok()) << space.error().message;
  const Cell cells[] = {
      {"0 11 010 0110 00111 011001", "33111", 3'292'298}, {"1 00 010 1111 00110 110100", "1331m", 3'905'290},
      {"0 11 010 0100 01011 011100", "m1331", 1'920'138}, {"1 00 001 1001 10010 100000", "mm33m", 882'570},
      {"0 11 100 0010 01101 110001", "3m11m", 2'793'866}, {"1 10 100 0101 00001 011010", "1313m", 3'176'361},
      {"1 10 010 1100 10000 011101", "1mmm1", 795'850},   {"0 10 000 1011 10010 111011", "m131m", 1'990'295},
      {"0 00 110 1001 10001 001101", "mm1m3", 3'905'290}, {"1 01 001 1101 01100 001000", "m3m11", 10'177'674},
      {"0 10 100 0011 00001 001010", "31mm1", 1'143'306}, {"1 00 111 0010 00011 000001", "m3131", 3'831'434}};
  for (const Cell& cell : cells) {
    const auto network = (*space)->decode(genotype_of(cell));
    ASSERT_TRUE(network.ok()) << cell.matrix << ": " << network.error().message;
    EXPECT_EQ(count_cost(*network).params, cell.params) << cell.matrix;
  }
}

// The notebook of the benchmark gives 2,694,282 for its Inception-like cell; the best cell has
// 32,426,634.
TEST(NasBench101, PublishedCellsCountAsPublished) {
  const YamlNode file = library_file();
  const std::map<std::string, std::int64_t> published = {{"best_cifar10", 32'426'634}, {"inception_like", 2'694'282}};
  for (const auto& [name, params] : published) {
    const auto built = build_architecture(file, name);
    ASSERT_TRUE(built.ok()) << built.error().message;
    const auto network = built->space->decode(built->genotype);
    ASSERT_TRUE(network.ok()) << network.error().message;
    EXPECT_EQ(count_cost(*network).params, params) << name;
  }
}

TEST(NasBench101, EdgesAreLimitedAfterPruning) {
  const auto space = TextSpace::make(library_file());
  ASSERT_TRUE(space.ok()) << space.error().message;
  // Ten edges, all of them on paths.
  const auto dense = (*space)->decode(genotype_of({"1 11 111 0011 00000 000110", "33333", 0}));
  ASSERT_FALSE(dense.ok());
  EXPECT_THAT(dense.error().message, HasSubstr("edges(cell) <= 9"));
  // Twelve edges, of which the five into vertices 4 and 5 lead nowhere.
  const auto pruned = (*space)->decode(genotype_of({"1 11 111 1111 00001 000100", "33333", 0}));
  EXPECT_TRUE(pruned.ok()) << pruned.error().message;
}

}  // namespace
}  // namespace nas
