// Asynchronous workers in simulated time: evaluations that take a while, without waiting.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "nas/trial_log.h"

namespace nas {

/// How long evaluation `id` takes in a run with this seed: log-normal, median 1, deviation of its
/// logarithm 0.5.
[[nodiscard]] double simulated_duration(std::uint64_t seed, CandidateId id);

/// Keeps `pending` candidates under way: as long as there are fewer, `ask` is called; the one that
/// ends first (of two, the one asked for first) goes to `finish`. Ends when none is under way and
/// `ask` gives none. `ask` may give one again after `finish`. `share`: of its duration that a trial
/// takes; empty: all of it. REQUIRES: pending >= 1.
void simulate(std::size_t pending, std::uint64_t seed, const std::function<std::optional<AskedTrial>()>& ask,
              const std::function<void(const AskedTrial&)>& finish,
              const std::function<double(const AskedTrial&)>& share = {});

}  // namespace nas
