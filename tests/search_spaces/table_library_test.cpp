// The library's spaces against published counts.

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <set>

#include "nas/csv_table.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

std::unique_ptr<TextSpace> library_space(const std::string& name) {
  auto tree = read_yaml(std::string(NAS_LIBRARY_DIR) + "/" + name + ".yaml");
  if (!tree) throw Exception(tree.error().message);
  auto space = TextSpace::make(*tree);
  if (!space) throw Exception(space.error().message);
  return std::move(*space);
}

std::size_t column(const CsvTable& table, std::string_view name) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i] == name) return i;
  }
  throw Exception("no such column");
}

// Dong and Yang's own table: exact params, and MFLOPs that count the linear layer's 10 biases.
TEST(Library, NasBench201CountsAsPublished) {
  const auto table = read_csv(std::string(std::getenv("NAS_DATA_DIR")) + "/nasbench/nb201.csv.gz");
  ASSERT_TRUE(table.ok()) << table.error().message;
  const auto space = library_space("nas_bench_201");
  EXPECT_EQ(count_genotypes(space->genes()), 15625);
  const std::size_t ops = column(*table, "ops");
  const std::size_t params = column(*table, "params_c10");
  const std::size_t mflops = column(*table, "mflops_c10");
  std::set<std::uint64_t> hashes;
  std::size_t disconnected = 0;
  for (const auto& row : table->rows) {
    Genotype genotype;
    for (const char digit : row[ops]) genotype.genes.push_back(digit - '0');
    const auto network = space->decode(genotype);
    ASSERT_TRUE(network.ok()) << network.error().message;
    const Cost cost = count_cost(*network);
    ASSERT_EQ(cost.params, std::stoll(row[params])) << row[ops];
    ASSERT_EQ(cost.macs, std::llround(std::stod(row[mflops]) * 1e6) - 10) << row[ops];
    const std::uint64_t hash = canonical_hash(*network);
    hashes.insert(hash);
    disconnected += hash == kNoNetwork ? 1 : 0;
  }
  EXPECT_EQ(table->rows.size(), 15625U);
  EXPECT_EQ(hashes.size(), 5425U);
  EXPECT_EQ(disconnected, 341U);
}

}  // namespace
}  // namespace nas
