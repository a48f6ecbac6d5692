#include "mpi/combined_evaluator.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace nas {
namespace {

/// How long a result of one side may wait while the other is slept on.
constexpr std::chrono::milliseconds kTurn{5};

}  // namespace

void CombinedEvaluator::submit(Candidate candidate) {
  (first_.free_slots() > 0 ? first_ : second_).submit(std::move(candidate));
}

std::vector<Evaluation> CombinedEvaluator::wait_some(std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  const std::size_t free_before = free_slots();
  for (;;) {
    std::vector<Evaluation> done = first_.wait_some(std::chrono::milliseconds(0));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    const bool sleep = done.empty() && left.count() > 0;
    std::vector<Evaluation> more = second_.wait_some(sleep ? std::min(left, kTurn) : std::chrono::milliseconds(0));
    done.insert(done.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
    if (!done.empty() || left.count() <= 0 || free_slots() != free_before) return done;
  }
}

}  // namespace nas
