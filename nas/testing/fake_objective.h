// For tests and benchmarks: metrics that are a hash of the genotype, and an evaluator that gives
// them at once, in a chosen order and with failures on request.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "nas/check.h"
#include "nas/evaluator.h"
#include "nas/rng.h"

namespace nas::testing {

/// Uniform in [0, 1); another `salt` gives an independent function.
inline double hash_score(const Genotype& genotype, std::uint64_t salt = 0) {
  std::uint64_t key = salt;
  for (const std::int32_t gene : genotype.genes) {
    key = Rng(key, static_cast<std::uint64_t>(gene), Stream::Test).next();
  }
  return Rng(key, genotype.genes.size(), Stream::Test).uniform();
}

enum class AnswerOrder { Asked, Reversed, Shuffled };

struct FakeOptions {
  std::size_t slots = 1;
  std::size_t metrics = 2;   // named m0, m1, ...
  double failure_share = 0;  // of genotypes, which always fail
  AnswerOrder order = AnswerOrder::Asked;
  std::size_t at_once = 1;  // results in one wait
};

/// `wait_some` never waits.
class FakeEvaluator final : public Evaluator {
 public:
  explicit FakeEvaluator(FakeOptions options) : options_(options) {}

  std::size_t free_slots() const override { return options_.slots - running_.size(); }
  std::size_t slots() const override { return options_.slots; }
  void submit(Candidate candidate) override {
    NAS_CHECK(free_slots() > 0, "a candidate is submitted where no slot is free");
    running_.push_back(std::move(candidate));
    ++submitted_;
  }
  std::vector<Evaluation> wait_some(std::chrono::milliseconds) override {
    std::vector<Evaluation> done;
    while (done.size() < options_.at_once && !running_.empty()) {
      const std::size_t taken = next();
      done.push_back(answer(running_[taken]));
      running_.erase(running_.begin() + static_cast<std::ptrdiff_t>(taken));
    }
    return done;
  }

  [[nodiscard]] std::size_t submitted() const { return submitted_; }

  [[nodiscard]] Evaluation answer(const Candidate& candidate) const {
    Evaluation evaluation;
    evaluation.id = candidate.id;
    evaluation.worker = "fake:0.0";
    if (hash_score(candidate.genotype, 1'000) < options_.failure_share) {
      evaluation.failure = Failure{FailureType::Reported, "this genotype always fails", {}};
      return evaluation;
    }
    for (std::size_t i = 0; i < options_.metrics; ++i) {
      evaluation.metrics[fmt::format("m{}", i)] = hash_score(candidate.genotype, i);
    }
    return evaluation;
  }

 private:
  std::size_t next() {
    switch (options_.order) {
      case AnswerOrder::Asked:
        return 0;
      case AnswerOrder::Reversed:
        return running_.size() - 1;
      case AnswerOrder::Shuffled:
        return order_rng_.index(running_.size());
    }
    return 0;
  }

  FakeOptions options_;
  std::vector<Candidate> running_;
  std::size_t submitted_ = 0;
  Rng order_rng_{7, 7, Stream::Test};
};

}  // namespace nas::testing
