// Two evaluators as one: rank 0's own children beside the other ranks, where rank 0 is the only
// rank on its node.
#pragma once

#include "nas/evaluator.h"

namespace nas {

/// Candidates go to `first` while it has free slots. Both must outlive it.
class CombinedEvaluator final : public Evaluator {
 public:
  CombinedEvaluator(Evaluator& first, Evaluator& second) : first_(first), second_(second) {}

  [[nodiscard]] std::size_t free_slots() const override { return first_.free_slots() + second_.free_slots(); }
  [[nodiscard]] std::size_t slots() const override { return first_.slots() + second_.slots(); }
  void submit(Candidate candidate) override;
  /// There is no way to sleep on both, so it looks at each in turn every few milliseconds.
  [[nodiscard]] std::vector<Evaluation> wait_some(std::chrono::milliseconds timeout) override;

 private:
  Evaluator& first_;
  Evaluator& second_;
};

}  // namespace nas
