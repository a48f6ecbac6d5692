#include "mpi/combined_evaluator.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/mpi/fake_evaluator.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

TEST(CombinedEvaluator, KeepsTheLawsOfEvaluators) {
  FakeEvaluator first(2, "first");
  FakeEvaluator second(3, "second");
  CombinedEvaluator both(first, second);
  EXPECT_EQ(both.slots(), 5U);
  expect_conformance(both, fake_candidates(200));
}

TEST(CombinedEvaluator, UsesBothSides) {
  FakeEvaluator first(2, "first");
  FakeEvaluator second(3, "second");
  CombinedEvaluator both(first, second);
  for (Candidate& candidate : fake_candidates(5)) both.submit(std::move(candidate));
  EXPECT_EQ(both.free_slots(), 0U);
  std::multiset<std::string> workers;
  for (const Evaluation& evaluation : both.wait_some(std::chrono::milliseconds(1000)))
    workers.insert(evaluation.worker);
  EXPECT_EQ(workers.count("first"), 2U);
  EXPECT_EQ(workers.count("second"), 3U);
}

}  // namespace
}  // namespace nas
