// A farm whose only worker, or one of whose workers, is rank 0 itself.
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "mpi/farm.h"
#include "mpi/local_transport.h"
#include "mpi/worker.h"
#include "tests/mpi/fake_evaluator.h"
#include "tests/nas/evaluator_conformance.h"

namespace nas {
namespace {

using namespace std::chrono_literals;

TEST(FarmLocal, KeepsTheLawsOfEvaluators) {
  FakeEvaluator local(2, "here");
  Farm farm(nullptr, &local, {});
  EXPECT_EQ(farm.slots(), 2U);
  expect_conformance(farm, fake_candidates(200));
}

TEST(FarmLocal, UsesBothSides) {
  LocalNetwork network(2);
  const auto transport = network.endpoint(0);
  std::thread other([&] {
    FakeEvaluator evaluator(3, "there");
    EXPECT_EQ(run_worker(*network.endpoint(1), &evaluator, {}), Departure::Together);
  });
  FakeEvaluator local(2, "here");
  Farm farm(transport.get(), &local, {.prefetch = 0});
  wait_for_slots(farm, 5);
  for (Candidate& candidate : fake_candidates(5)) farm.submit(std::move(candidate));
  EXPECT_EQ(farm.free_slots(), 0U);
  std::multiset<std::string> workers;
  while (workers.size() < 5) {
    for (const Evaluation& evaluation : farm.wait_some(10s)) workers.insert(evaluation.worker);
  }
  EXPECT_EQ(workers.count("here"), 2U);
  EXPECT_EQ(workers.count("there"), 3U);
  expect_conformance(farm, fake_candidates(200));
  EXPECT_TRUE(stop_ranks(*transport, {}, 30s));
  other.join();
}

}  // namespace
}  // namespace nas
