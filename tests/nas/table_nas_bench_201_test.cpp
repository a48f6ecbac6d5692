// Counts and hashes of all 15,625 cells of NAS-Bench-201 against the published table.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "nas/csv_table.h"
#include "nas/network.h"
#include "tests/nas/nas_bench_201.h"

namespace nas {
namespace {

CsvTable read_table() {
  const char* const folder = std::getenv("NAS_DATA_DIR");
  NAS_CHECK(folder != nullptr, "NAS_DATA_DIR names the folder of the tables");
  auto table = read_csv(std::filesystem::path(folder) / "nasbench/nb201.csv.gz");
  NAS_CHECK(table.ok(), table.error().message);
  return std::move(table).value();
}

// One of 15,625 rows, beside what this program makes of the same cell.
struct Cell {
  std::string digits;
  std::int64_t published_params = 0;
  std::int64_t published_macs = 0;
  Cost cost;
  std::uint64_t hash = 0;
};

std::vector<Cell> count_all_cells() {
  const CsvTable table = read_table();
  const auto digits = table.find_column("ops").value();
  const auto params = table.find_column("params_c10").value();
  const auto mflops = table.find_column("mflops_c10").value();
  std::vector<Cell> cells;
  for (const auto& row : table.rows) {
    const Network network = testing::network_201(row[digits]);
    // The table adds the linear layer's 10 biases to the MACs.
    cells.push_back({row[digits], std::stoll(row[params]), std::llround(std::stod(row[mflops]) * 1e6) - 10,
                     count_cost(network), canonical_hash(network)});
  }
  return cells;
}

const std::vector<Cell>& all_cells() {
  static const std::vector<Cell> kCells = count_all_cells();
  return kCells;
}

TEST(NasBench201, ParamsAndMacsOfEveryCellAreThePublishedOnes) {
  ASSERT_EQ(all_cells().size(), std::size_t{testing::kCells201});
  for (const Cell& cell : all_cells()) {
    ASSERT_EQ(cell.cost.params, cell.published_params) << cell.digits;
    ASSERT_EQ(cell.cost.macs, cell.published_macs) << cell.digits;
  }
}

TEST(NasBench201, HashTakesOneValueAClassOfIsomorphicNetworks) {
  std::map<std::uint64_t, int> cells_of;
  for (const Cell& cell : all_cells()) ++cells_of[cell.hash];
  EXPECT_EQ(cells_of.size(), 5425u);
  EXPECT_EQ(cells_of[kNoNetwork], 341);
}

}  // namespace
}  // namespace nas
