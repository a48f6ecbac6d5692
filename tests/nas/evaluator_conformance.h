// The laws of nas::Evaluator, for every implementation: exactly one Evaluation for each candidate,
// honest counts of free slots, waits that end.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "nas/evaluator.h"

namespace nas {

/// Waits until a candidate can be submitted, as a search does.
inline void wait_for_slots(Evaluator& evaluator, std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (evaluator.slots() < count && std::chrono::steady_clock::now() < deadline) {
    EXPECT_TRUE(evaluator.wait_some(std::chrono::milliseconds(50)).empty());
  }
  ASSERT_GE(evaluator.slots(), count) << "no worker became ready";
}

/// Submits as slots become free and collects all results by candidate number.
inline std::map<std::uint64_t, Evaluation> evaluate_all(Evaluator& evaluator,
                                                        const std::vector<Candidate>& candidates) {
  std::map<std::uint64_t, Evaluation> results;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::size_t next = 0;
  std::size_t received = 0;
  while (received < candidates.size()) {
    while (next < candidates.size() && evaluator.free_slots() > 0) evaluator.submit(candidates[next++]);
    EXPECT_LE(evaluator.free_slots(), evaluator.slots());
    for (Evaluation& evaluation : evaluator.wait_some(std::chrono::milliseconds(200))) {
      ++received;
      EXPECT_EQ(evaluation.metrics.empty(), evaluation.failure.has_value()) << number(evaluation.id);
      const bool fresh = results.emplace(number(evaluation.id), std::move(evaluation)).second;
      EXPECT_TRUE(fresh) << "two results for one candidate";
    }
    if (std::chrono::steady_clock::now() > deadline) {
      ADD_FAILURE() << received << " of " << candidates.size() << " results after a minute";
      break;
    }
  }
  for (const Candidate& candidate : candidates) EXPECT_TRUE(results.contains(number(candidate.id)));
  return results;
}

/// `candidates`: any mixture of good and bad ones, many more than slots, with different ids.
inline void expect_conformance(Evaluator& evaluator, const std::vector<Candidate>& candidates) {
  wait_for_slots(evaluator, 1);
  EXPECT_TRUE(evaluator.wait_some(std::chrono::milliseconds(0)).empty()) << "a result without a candidate";
  const std::map<std::uint64_t, Evaluation> results = evaluate_all(evaluator, candidates);
  EXPECT_EQ(results.size(), candidates.size());
  EXPECT_EQ(evaluator.free_slots(), evaluator.slots());
  EXPECT_TRUE(evaluator.wait_some(std::chrono::milliseconds(20)).empty()) << "a result too many";
  for (const auto& [id, evaluation] : results) {
    EXPECT_GT(evaluation.started_at, 1e9) << "no Unix time";
    EXPECT_GE(evaluation.seconds, 0);
    EXPECT_FALSE(evaluation.worker.empty());
    if (evaluation.failure) {
      EXPECT_FALSE(evaluation.failure->message.empty());
      EXPECT_EQ(evaluation.failure->message.find('\n'), std::string::npos);
    }
  }
}

}  // namespace nas
