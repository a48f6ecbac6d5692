// Energy of stretches of work by a counter. Needs no torch.
#pragma once

#include <functional>
#include <memory>

#include "trainer/energy_counter.h"

namespace nas {

/// Seconds that pass; a test has its own.
struct MeterClock {
  std::function<double()> now;
  std::function<void(double seconds)> sleep;
};
[[nodiscard]] MeterClock steady_meter_clock();

/// Reads a counter where it has just moved, so that a stretch is as long as what was counted in it, and often enough
/// in between. Used from one thread. Throws nas::Exception where the counter stands still or can't be read.
class EnergyMeter {
 public:
  /// `synchronize` waits for the device that is measured.
  EnergyMeter(std::unique_ptr<EnergyCounter> counter, std::function<void()> synchronize,
              MeterClock clock = steady_meter_clock());
  ~EnergyMeter();
  EnergyMeter(const EnergyMeter&) = delete;
  EnergyMeter& operator=(const EnergyMeter&) = delete;

  /// Lets the device come to rest and measures it for a window. REQUIRES: nothing works on it.
  void measure_idle();
  [[nodiscard]] double idle_watts() const { return idle_watts_; }
  /// Seconds over which a measurement is good.
  [[nodiscard]] double window() const { return manners_.window; }

  /// A stretch that was begun and not ended is forgotten.
  void begin();
  /// REQUIRES: begin() was called.
  [[nodiscard]] EnergyUse end();

 private:
  struct Reading {
    double joules = 0;
    double at = 0;  // seconds
  };
  class Watch;

  [[nodiscard]] Reading read_at_tick();

  std::unique_ptr<EnergyCounter> counter_;
  std::function<void()> synchronize_;
  MeterClock clock_;
  CounterManners manners_;
  double idle_watts_ = 0;
  Reading first_;
  std::unique_ptr<Watch> watch_;  // while a stretch is open
};

}  // namespace nas
