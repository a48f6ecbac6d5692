// Counters of energy as devices have them: they only grow, in steps, and may start again at 0. Arithmetic and the
// interface; what reads the counters is elsewhere (energy_rapl, energy_nvml).
#pragma once

#include <cstdint>

namespace nas {

/// What a counter that starts again at 0 after `range` has counted between two readings. REQUIRES: it started again at
/// most once between them, which EnergyCounter::manners says how to see to.
[[nodiscard]] constexpr std::uint64_t counted_between(std::uint64_t before, std::uint64_t now, std::uint64_t range) {
  return now >= before ? now - before : range - before + now;
}

/// Over a stretch of time.
struct EnergyUse {
  double gross_joules = 0;
  double seconds = 0;
  bool operator==(const EnergyUse&) const = default;
};

/// What is left without the power that the device draws when idle. Below 0 by noise of the counter: callers add such
/// figures up before they judge.
[[nodiscard]] constexpr double net_joules(const EnergyUse& use, double idle_watts) {
  return use.gross_joules - idle_watts * use.seconds;
}

/// Of a training's steps so far, by a counter. Epochs may have run on machines with other idle powers.
struct CountedEnergy {
  double net_joules = 0;
  double gross_joules = 0;
  bool operator==(const CountedEnergy&) const = default;
};
[[nodiscard]] constexpr CountedEnergy operator+(const CountedEnergy& a, const CountedEnergy& b) {
  return {a.net_joules + b.net_joules, a.gross_joules + b.gross_joules};
}

/// How a counter must be read, in seconds.
struct CounterManners {
  double tick = 0;      // a new value about so often
  double most_gap = 0;  // between two readings, so that none of its starts is missed
  double settle = 0;    // after work, until the device draws its idle power
  double window = 0;    // a measurement is good over so long
};

/// Used from one thread at a time.
struct EnergyCounter {
  virtual ~EnergyCounter() = default;
  /// Since it was opened; never falls. Throws nas::Exception where it can't be read any more, or counts for others too.
  [[nodiscard]] virtual double joules() = 0;
  [[nodiscard]] virtual CounterManners manners() const = 0;
};

}  // namespace nas
