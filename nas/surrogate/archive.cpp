#include "nas/surrogate/archive.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "nas/check.h"

namespace nas {

void Archive::add(const Outcome& outcome) {
  NAS_CHECK(!outcome.failed, "a result with objectives");
  results_.push_back({outcome.candidate.id, outcome.candidate.genotype, {outcome.objectives, outcome.violation}});
  if (results_.size() >= ranked_ + capacity_) rank();
}

const std::vector<std::size_t>& Archive::best() {
  rank();
  return best_;
}

std::size_t Archive::front() {
  rank();
  return front_;
}

/// What was dominated stays dominated, so that only the best so far and the new ones matter.
void Archive::rank() {
  if (ranked_ == results_.size()) return;
  for (; ranked_ < results_.size(); ++ranked_) best_.push_back(ranked_);
  std::vector<ParetoPoint> points;
  for (const std::size_t index : best_) points.push_back(results_[index].point);
  const std::vector<std::int32_t> ranks = domination_ranks(points);
  std::vector<std::size_t> order(best_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return std::pair(ranks[i], best_[i]); });
  std::vector<std::size_t> sorted;
  for (const std::size_t i : order) sorted.push_back(best_[i]);
  front_ = static_cast<std::size_t>(std::ranges::count(ranks, 0));
  best_ = std::move(sorted);
  if (best_.size() > capacity_) best_.resize(capacity_);
  front_ = std::min(front_, best_.size());
}

std::vector<std::size_t> Archive::sample(std::size_t count, Rng& rng) {
  std::vector<std::size_t> chosen(results_.size());
  std::iota(chosen.begin(), chosen.end(), std::size_t{0});
  if (results_.size() <= count) return chosen;
  rank();
  chosen.assign(best_.begin(), best_.begin() + static_cast<std::ptrdiff_t>(std::min(best_.size(), count / 2)));
  std::unordered_set<std::size_t> taken(chosen.begin(), chosen.end());
  while (chosen.size() < count) {
    const std::size_t index = rng.index(results_.size());
    if (taken.insert(index).second) chosen.push_back(index);
  }
  std::ranges::sort(chosen);
  return chosen;
}

}  // namespace nas
