// Counts and hashes of all 15,625 cells of NAS-Bench-201 against the published table.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

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

class NasBench201 : public ::testing::Test {
 protected:
  [[nodiscard]] const std::string& field(std::size_t row, const std::string& column) const {
    return table_.rows[row][table_.find_column(column).value()];
  }
  const CsvTable table_ = read_table();
};

TEST_F(NasBench201, ParamsAndMacsOfEveryCellAreThePublishedOnes) {
  ASSERT_EQ(table_.rows.size(), std::size_t{testing::kCells201});
  for (std::size_t row = 0; row < table_.rows.size(); ++row) {
    const std::string& digits = field(row, "ops");
    const Cost cost = count_cost(testing::network_201(digits));
    ASSERT_EQ(cost.params, std::stoll(field(row, "params_c10"))) << digits;
    // The table adds the linear layer's 10 biases.
    ASSERT_EQ(cost.macs, std::llround(std::stod(field(row, "mflops_c10")) * 1e6) - 10) << digits;
  }
}

TEST_F(NasBench201, HashTakesOneValueAClassOfIsomorphicNetworks) {
  std::map<std::uint64_t, int> cells_of;
  for (std::size_t row = 0; row < table_.rows.size(); ++row) {
    ++cells_of[canonical_hash(testing::network_201(field(row, "ops")))];
  }
  EXPECT_EQ(cells_of.size(), 5425u);
  EXPECT_EQ(cells_of[kNoNetwork], 341);
}

}  // namespace
}  // namespace nas
