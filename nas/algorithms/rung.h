// Successive halving's ladder: the results of equally long trainings, and which is trained on next.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "nas/candidate.h"
#include "nas/pareto.h"

namespace nas {

/// Bounded cost per call. Not thread-safe.
struct Rung {
  /// Results that a rung of several objectives looks at, the latest: ranking more would take too
  /// long. A rung of one objective looks at all.
  static constexpr std::size_t kWindow = 100;

  virtual ~Rung() = default;
  /// REQUIRES: an id that is not there.
  virtual void add(CandidateId id, const ParetoPoint& point) = 0;
  /// A result that is never promoted (failed, stopped) and worse than all others.
  virtual void add_hopeless() = 0;
  /// REQUIRES: promotable() or spare() gave it.
  virtual void promote(CandidateId id) = 0;
  /// The best result not promoted yet, if it is among the best 1/eta of all (rounded down).
  [[nodiscard]] virtual std::optional<CandidateId> promotable() const = 0;
  /// The best result not promoted yet, wherever it stands.
  [[nodiscard]] virtual std::optional<CandidateId> spare() const = 0;
};

/// One objective: a smaller violation is better, then a smaller value, then the earlier candidate.
/// Several: domination rank with constraints, then crowding distance (Deb et al. 2002), then the
/// earlier; of the multi-objective rules that Schmucker, Donini, Zafar, Salinas and Archambeau 2021
/// (Multi-objective asynchronous successive halving) compare, the one by non-dominated sorting.
[[nodiscard]] std::unique_ptr<Rung> make_rung(std::size_t objectives, std::size_t eta);

}  // namespace nas
