#include "trainer/rate_schedule.h"

#include <cmath>
#include <numbers>

namespace nas {
namespace {

// torch.optim.lr_scheduler.OneCycleLR's defaults.
constexpr double kRiseShare = 0.3;
constexpr double kFirstDivisor = 25;
constexpr double kLastDivisor = 1e4;  // of the first rate

/// From `from` to `to` as `done` goes from 0 to 1.
double cosine_between(double from, double to, double done) {
  return to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * done));
}

double one_cycle(double top, double step, double steps) {
  const double first = top / kFirstDivisor;
  const double peak = kRiseShare * steps - 1;  // where the rate is the top
  if (step <= peak) return cosine_between(first, top, step / peak);
  const double done = (step - peak) / (steps - 1 - peak);
  return cosine_between(top, first / kLastDivisor, done);
}

/// Of the steps after the warm-up.
double after_warm_up(const TrainingOptions& options, double step, double warm_up, const ScheduleLength& length) {
  const double top = options.learning_rate;
  if (options.schedule == "cosine") {
    return cosine_between(top, 0, (step - warm_up) / (static_cast<double>(length.steps) - warm_up));
  }
  if (options.schedule == "step") {
    const double epochs = step / static_cast<double>(length.steps_an_epoch);
    return top * std::pow(options.step_factor, std::floor(epochs / options.step_epochs));
  }
  if (options.schedule == "one_cycle") return one_cycle(top, step, static_cast<double>(length.steps));
  return top;
}

}  // namespace

std::int64_t steps_an_epoch(std::int64_t records, const TrainingOptions& options, std::int64_t processes) {
  const std::int64_t rest = records % options.batch_size;
  return records / options.batch_size + (rest >= 2 * processes ? 1 : 0);
}

double scheduled_rate(const TrainingOptions& options, std::int64_t step, const ScheduleLength& length) {
  const double warm_up = std::round(options.warmup_epochs * static_cast<double>(length.steps_an_epoch));
  const auto here = static_cast<double>(step);
  if (here < warm_up) return options.learning_rate * (here + 1) / warm_up;
  return after_warm_up(options, here, warm_up, length);
}

double rate_after(std::int64_t epoch, const TrainingOptions& options, std::int64_t records, std::int64_t epochs) {
  const std::int64_t steps = steps_an_epoch(records, options, 1);
  return scheduled_rate(options, epoch * steps - 1, {epochs * steps, steps});
}

double scheduled_drop_path(const TrainingOptions& options, std::int64_t step, const ScheduleLength& length) {
  if (options.drop_path_schedule == "constant") return 1;
  return static_cast<double>(step) / static_cast<double>(length.steps);
}

}  // namespace nas
