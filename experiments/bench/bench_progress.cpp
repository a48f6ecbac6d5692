#include "experiments/bench/bench_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "experiments/commands/count_text.h"
#include "experiments/commands/text_table.h"

namespace nas {

namespace {

constexpr auto kTerminalPeriod = std::chrono::milliseconds(200);
constexpr auto kLogPeriod = std::chrono::seconds(10);
constexpr const char* kEraseLine = "\r\x1b[K";

}  // namespace

std::string progress_bar(std::uint64_t done, std::uint64_t total, double seconds, std::string_view unit) {
  constexpr std::size_t kWidth = 30;
  const double share = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
  const auto filled = std::min(kWidth, static_cast<std::size_t>(share * kWidth));
  std::string left;
  if (share > 0) left = fmt::format(", {} left", display_duration(seconds * (1 - share) / share));
  return fmt::format("[{}{}] {:.0f}%, {} of {} {}{}", std::string(filled, '#'), std::string(kWidth - filled, '.'),
                     100 * share, grouped_digits(done), grouped_digits(total), unit, left);
}

BenchProgress::BenchProgress(std::uint64_t total, std::string unit)
    : total_(total), unit_(std::move(unit)), terminal_(isatty(STDERR_FILENO) == 1) {}

BenchProgress::~BenchProgress() {
  if (on_screen_) fmt::print(stderr, "{}", kEraseLine);
}

void BenchProgress::step(std::uint64_t units) { show(done_ += units); }

void BenchProgress::show(std::uint64_t done) {
  const std::unique_lock guard(lock_, std::try_to_lock);
  const Clock::time_point now = Clock::now();
  if (!guard || now - shown_ < (terminal_ ? Clock::duration(kTerminalPeriod) : Clock::duration(kLogPeriod))) return;
  shown_ = now;
  on_screen_ = terminal_;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  fmt::print(stderr, "{}{}{}", terminal_ ? kEraseLine : "", progress_bar(done, total_, seconds, unit_),
             terminal_ ? "" : "\n");
  std::fflush(stderr);
}

}  // namespace nas
