// A worker's evaluator without children: the score is a hash of the genotype, some candidates fail.
#pragma once

#include <chrono>
#include <condition_variable>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "nas/check.h"
#include "nas/evaluator.h"
#include "nas/rng.h"

namespace nas {

inline Evaluation fake_evaluation(const Candidate& candidate, const std::string& worker) {
  std::uint64_t sum = 0;
  for (const std::int32_t gene : candidate.genotype.genes) sum = 31 * sum + static_cast<std::uint64_t>(gene);
  Evaluation result;
  result.id = candidate.id;
  result.started_at = 1.7e9;
  result.worker = worker;
  if (sum % 7 == 3) {
    result.failure = Failure{FailureType::Diverged, "a fake failure", "log"};
  } else {
    result.metrics = {{"score", Rng(sum, 0, Stream::Test).uniform()}};
    result.curve = {{1, {{"score", 0.5}}}};
  }
  return result;
}

/// Everything submitted is finished at the next wait.
class FakeEvaluator final : public Evaluator {
 public:
  FakeEvaluator(std::size_t slots, std::string worker) : slots_(slots), worker_(std::move(worker)) {}

  std::size_t free_slots() const override { return slots_ - done_.size(); }
  std::size_t slots() const override { return slots_; }
  void submit(Candidate candidate) override {
    NAS_CHECK(free_slots() > 0, "a worker was given more than it has slots for");
    done_.push_back(fake_evaluation(candidate, worker_));
  }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override {
    if (done_.empty()) std::this_thread::sleep_for(timeout);
    return std::exchange(done_, {});
  }

 private:
  std::size_t slots_;
  std::string worker_;
  std::vector<Evaluation> done_;
};

inline std::vector<Candidate> fake_candidates(std::uint64_t count) {
  std::vector<Candidate> all;
  for (std::uint64_t id = 0; id < count; ++id) {
    const auto gene = static_cast<std::int32_t>(id);
    all.push_back({CandidateId{id}, {{gene, gene % 5, 3}}, 1, id, {}, "sample"});
  }
  return all;
}

}  // namespace nas
