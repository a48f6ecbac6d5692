// One small trace for each algorithm, kept in tests/nas/golden: a change of behaviour shows as a
// diff. NAS_UPDATE_GOLDEN=1 writes the files anew.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "nas/testing/gene_space.h"
#include "tests/nas/algorithm_harness.h"

namespace nas {
namespace {

using testing::drive;
using testing::first_of;
using testing::GeneSpace;
using testing::hash_judge;

constexpr std::uint64_t kEvaluations = 70;  // past the initial samples of each
constexpr std::size_t kPending = 3;
constexpr std::uint64_t kFailing = 9;

std::vector<Gene> traced_genes() {
  std::vector<Gene> genes = testing::nested_genes();
  for (std::size_t i = genes.size(); i < 10; ++i) genes.push_back(testing::make_gene(i, 3));
  return genes;
}

std::string trace_of(const AlgorithmRow& row) {
  const GeneSpace space(traced_genes());
  Proposer proposer = testing::make_proposer(row, space, {.seed = 5, .evaluations = kEvaluations});
  const auto judge = hash_judge(testing::objectives_for(row, space), kFailing);
  std::string text = "id asked_after genotype seed origin parents\n";
  for (const AskedTrial& trial : drive(proposer, judge, kPending, first_of)) {
    const Candidate& candidate = trial.candidate;
    std::vector<std::uint64_t> parents;
    for (const CandidateId parent : candidate.parents) parents.push_back(number(parent));
    text += fmt::format("{} {} {} {} {} {}\n", number(candidate.id), trial.asked_after, to_string(candidate.genotype),
                        candidate.seed, candidate.origin, fmt::join(parents, "+"));
  }
  return text;
}

class AlgorithmTrace : public ::testing::TestWithParam<std::string> {};

TEST_P(AlgorithmTrace, EqualsTheGoldenOne) {
  const std::filesystem::path file = std::filesystem::path(NAS_GOLDEN_DIR) / (GetParam() + ".txt");
  const std::string trace = trace_of(*find_algorithm(GetParam()));
  if (std::getenv("NAS_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(file) << trace;
    FAIL() << file << " was written; run again without NAS_UPDATE_GOLDEN and review the diff";
  }
  std::ifstream stream(file);
  ASSERT_TRUE(stream) << file << " is missing, run this test with NAS_UPDATE_GOLDEN=1";
  std::ostringstream golden;
  golden << stream.rdbuf();
  EXPECT_EQ(trace, golden.str());
}

std::vector<std::string> all_names() {
  std::vector<std::string> names;
  for (const AlgorithmRow& row : algorithms()) names.push_back(row.name);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Algorithms, AlgorithmTrace, ::testing::ValuesIn(all_names()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace nas
