// Results of a search, however many: the best of them in order, and a sample for a model.
#pragma once

#include <cstddef>
#include <vector>

#include "nas/pareto.h"
#include "nas/search_algorithm.h"

namespace nas {

/// What is kept of a result.
struct ArchivedResult {
  CandidateId id{};
  Genotype genotype;
  ParetoPoint point;
};

/// Not thread-safe.
class Archive {
 public:
  /// `best`: how many of the best it keeps in order.
  explicit Archive(std::size_t best) : capacity_(best) {}

  /// O(1) but for every `best`th call, which ranks the best anew. REQUIRES: not failed.
  void add(const Outcome& outcome);

  [[nodiscard]] std::size_t size() const { return results_.size(); }
  [[nodiscard]] const ArchivedResult& operator[](std::size_t index) const { return results_[index]; }

  /// Indices of the best results: by domination rank (constrained), then the earlier. `front`:
  /// how many of them nothing dominates.
  [[nodiscard]] const std::vector<std::size_t>& best();
  [[nodiscard]] std::size_t front();

  /// At most `count` indices, rising: half of them the best, the others drawn by `rng`.
  [[nodiscard]] std::vector<std::size_t> sample(std::size_t count, Rng& rng);

 private:
  void rank();

  std::size_t capacity_;
  std::vector<ArchivedResult> results_;
  std::vector<std::size_t> best_;
  std::size_t front_ = 0;
  std::size_t ranked_ = 0;  // results that have been looked at
};

}  // namespace nas
