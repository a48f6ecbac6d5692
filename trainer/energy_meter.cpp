#include "trainer/energy_meter.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>

#include "nas/check.h"

namespace nas {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

/// A counter that has not moved for so long is none.
constexpr double kPatience = 2;  // seconds
constexpr double kLooksInATick = 20;

}  // namespace

MeterClock steady_meter_clock() {
  return {.now = [] { return Seconds(Clock::now().time_since_epoch()).count(); },
          .sleep = [](double seconds) { std::this_thread::sleep_for(Seconds(seconds)); }};
}

/// Reads the counter now and then from a thread of its own, which is gone when this is: nobody else may read meanwhile.
class EnergyMeter::Watch {
 public:
  Watch(EnergyCounter& counter, double gap)
      : thread_([this, &counter, gap](const std::stop_token& stop) { run(counter, gap, stop); }) {}

  /// Throws what a reading threw.
  void finish() {
    thread_.request_stop();
    thread_.join();
    if (failed_) std::rethrow_exception(failed_);
  }

 private:
  void run(EnergyCounter& counter, double gap, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, stop, Seconds(gap), [&stop] { return stop.stop_requested(); })) {
      try {
        (void)counter.joules();
      } catch (...) {
        failed_ = std::current_exception();
        return;
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::exception_ptr failed_;
  std::jthread thread_;  // last: it uses the others
};

EnergyMeter::EnergyMeter(std::unique_ptr<EnergyCounter> counter, std::function<void()> synchronize, MeterClock clock)
    : counter_(std::move(counter)),
      synchronize_(std::move(synchronize)),
      clock_(std::move(clock)),
      manners_(counter_->manners()) {}

EnergyMeter::~EnergyMeter() = default;

void EnergyMeter::measure_idle() {
  synchronize_();
  clock_.sleep(manners_.settle);
  begin();
  clock_.sleep(manners_.window);
  const EnergyUse use = end();
  idle_watts_ = use.gross_joules / use.seconds;
}

void EnergyMeter::begin() {
  watch_.reset();
  synchronize_();
  first_ = read_at_tick();
  watch_ = std::make_unique<Watch>(*counter_, manners_.most_gap);
}

EnergyUse EnergyMeter::end() {
  NAS_CHECK(watch_ != nullptr, "a stretch of work ends that was not begun");
  synchronize_();
  const std::unique_ptr<Watch> watch = std::move(watch_);
  watch->finish();
  const Reading last = read_at_tick();
  return {last.joules - first_.joules, last.at - first_.at};
}

EnergyMeter::Reading EnergyMeter::read_at_tick() {
  const double before = counter_->joules();
  const double start = clock_.now();
  while (clock_.now() - start < kPatience) {
    clock_.sleep(manners_.tick / kLooksInATick);
    const double joules = counter_->joules();
    if (joules != before) return {joules, clock_.now()};
  }
  throw Exception(
      fmt::format("the energy counter has stood still for {} s (nothing can be told by it), take energy: "
                  "model",
                  kPatience));
}

}  // namespace nas
