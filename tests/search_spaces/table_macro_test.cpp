// NAS-Bench-Macro's space against its published table.

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "nas/csv_table.h"
#include "search_spaces/text_space.h"

namespace nas {
namespace {

std::size_t column(const CsvTable& table, std::string_view name) {
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i] == name) return i;
  }
  throw Exception("no such column");
}

// Params and FLOPs (which are MACs) of all 6,561 networks. Identities within a stage may trade
// places: 9 * 21 * 21 networks are distinct, the number that its authors trained.
TEST(Library, NasBenchMacroCountsAsPublished) {
  const auto table = read_csv(std::string(std::getenv("NAS_DATA_DIR")) + "/nasbench/nbmacro_cifar10.csv.gz");
  ASSERT_TRUE(table.ok()) << table.error().message;
  const auto tree = read_yaml(std::string(NAS_LIBRARY_DIR) + "/nas_bench_macro.yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  const auto space = TextSpace::make(*tree);
  ASSERT_TRUE(space.ok()) << space.error().message;
  EXPECT_EQ(count_genotypes((*space)->genes()), 6561);
  std::set<std::uint64_t> hashes;
  for (const auto& row : table->rows) {
    const std::string& digits = row[column(*table, "arch")];
    Genotype genotype;
    for (const char digit : digits) genotype.genes.push_back(digit - '0');
    const auto network = (*space)->decode(genotype);
    ASSERT_TRUE(network.ok()) << network.error().message;
    const Cost cost = count_cost(*network);
    ASSERT_EQ(cost.params, std::stoll(row[column(*table, "params")])) << digits;
    ASSERT_EQ(cost.macs, std::stoll(row[column(*table, "flops")])) << digits;
    hashes.insert(canonical_hash(*network));
  }
  EXPECT_EQ(table->rows.size(), 6561U);
  EXPECT_EQ(hashes.size(), 3969U);
}

// No other network has a higher mean accuracy over its three trainings.
TEST(Library, NasBenchMacroNamesItsBest) {
  const auto table = read_csv(std::string(std::getenv("NAS_DATA_DIR")) + "/nasbench/nbmacro_cifar10.csv.gz");
  ASSERT_TRUE(table.ok()) << table.error().message;
  const auto tree = read_yaml(std::string(NAS_LIBRARY_DIR) + "/nas_bench_macro.yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  double best = 0;
  Genotype genotype;
  for (const auto& row : table->rows) {
    double sum = 0;
    for (const char* name : {"test_acc_s1", "test_acc_s2", "test_acc_s3"}) sum += std::stod(row[column(*table, name)]);
    if (sum <= best) continue;
    best = sum;
    genotype.genes.clear();
    for (const char digit : row[column(*table, "arch")]) genotype.genes.push_back(digit - '0');
  }
  const auto named = build_architecture(*tree, "best_cifar10");
  ASSERT_TRUE(named.ok()) << named.error().message;
  const auto a = named->space->decode(genotype);
  const auto b = named->space->decode(named->genotype);
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ(canonical_hash(*a), canonical_hash(*b));
}

}  // namespace
}  // namespace nas
