#include "experiments/search/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "experiments/commands/text_table.h"
#include "nas/hypervolume.h"
#include "nas/pareto.h"

namespace nas {
namespace {

constexpr auto kTerminalPeriod = std::chrono::milliseconds(200);
constexpr auto kLogPeriod = std::chrono::seconds(10);
constexpr std::uint64_t kFailuresShown = 20;
constexpr std::uint64_t kEventsShown = 100;
constexpr const char* kEraseLine = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(const std::vector<Objective>& objectives, std::vector<std::vector<double>> known,
                           std::uint64_t done_before)
    : objectives_(objectives),
      points_(std::move(known)),
      done_before_(done_before),
      terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::remember(const SearchProgress& progress) {
  for (const FinishedTrial& trial : progress.news) {
    const bool feasible =
        std::all_of(trial.constraints.begin(), trial.constraints.end(), [](double c) { return c <= 0; });
    if (!trial.evaluation.failure && feasible) points_.push_back(minimised(objectives_, trial.values));
  }
}

void ProgressLine::report_failures(const SearchProgress& progress) {
  for (const FinishedTrial& trial : progress.news) {
    if (!trial.evaluation.failure || failures_shown_ > kFailuresShown) continue;
    const Failure& failure = *trial.evaluation.failure;
    const std::string line = failures_shown_++ == kFailuresShown
                                 ? "nas: more failures are in `nas trials` only"
                                 : fmt::format("nas: candidate {} failed on {}: {}: {}", number(trial.evaluation.id),
                                               trial.evaluation.worker, to_string(failure.type), failure.message);
    fmt::print(stderr, "{}{}\n", terminal_ ? kEraseLine : "", line);
  }
}

void ProgressLine::update(const SearchProgress& progress) {
  remember(progress);
  report_failures(progress);
  const auto now = Clock::now();
  const bool due = now - shown_ >= (terminal_ ? Clock::duration(kTerminalPeriod) : Clock::duration(kLogPeriod));
  const bool ends = progress.finished == progress.evaluations;
  if (!ends && (!due || progress.finished + progress.running == 0)) return;
  line_ = text(progress);
  if (line_ == shown_line_) return;
  shown_ = now;
  shown_line_ = line_;
  fmt::print(stderr, "{}{}{}", terminal_ ? kEraseLine : "", line_, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

void ProgressLine::say(std::string_view text) {
  if (events_shown_ > kEventsShown) return;
  if (events_shown_++ == kEventsShown) text = "more of what happens is in the run's nas_events only";
  fmt::print(stderr, "{}nas: {}\n", terminal_ ? kEraseLine : "", text);
}

void ProgressLine::finish() {
  if (terminal_ && !shown_line_.empty()) fmt::print(stderr, "{}{}\n", kEraseLine, line_);
}

std::string ProgressLine::best_values() const {
  std::string best;
  for (std::size_t i = 0; i < objectives_.size() && !points_.empty(); ++i) {
    const auto at =
        std::min_element(points_.begin(), points_.end(), [i](const auto& a, const auto& b) { return a[i] < b[i]; });
    const double value = objectives_[i].direction == Direction::Maximise ? -(*at)[i] : (*at)[i];
    best += fmt::format("{}{} {}", best.empty() ? " | best " : ", ", objectives_[i].name(), display_number(value));
  }
  return best;
}

std::string ProgressLine::text(const SearchProgress& progress) const {
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const auto done_now = static_cast<double>(progress.finished - done_before_);
  std::string pace;
  if (done_now > 0 && seconds > 0) {
    const double left = static_cast<double>(progress.evaluations - progress.finished) * seconds / done_now;
    pace = fmt::format(" | {:.3g}/min, {} left", 60 * done_now / seconds, display_duration(left));
  }
  std::string volume;
  if (objectives_.size() > 1 && points_.size() > 1) {
    volume = fmt::format(" | hypervolume {:.3f}", normalised_hypervolume(points_));
  }
  return fmt::format("{}/{} done, {} running, {} failed{}{}{}", progress.finished, progress.evaluations,
                     progress.running, progress.failed, pace, best_values(), volume);
}

}  // namespace nas
