#include "experiments/train/gentle_end.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace nas {
namespace {

namespace fs = std::filesystem;

/// The least time there is where there is none. Only differences count: the file system's clock is its own.
fs::file_time_type last_checkpoint(const fs::path& folder) {
  auto last = fs::file_time_type::min();
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed)) {
    std::error_code gone;
    const auto written = fs::last_write_time(entry->path(), gone);
    if (!gone && entry->path().extension() == ".safetensors") last = std::max(last, written);
  }
  return last;
}

}  // namespace

Result<Unit> check_walltime(double walltime, const Resources& resources) {
  const double reserved = static_cast<double>(resources.grace_seconds + StopRequest::kMargin.count());
  if (walltime <= 0 || walltime > reserved) return Unit{};
  return Error{
      fmt::format("--walltime of {:g} s leaves no time to train ({} s are kept for the next checkpoints and the "
                  "end), ask for more, or lower resources.grace_seconds",
                  walltime, reserved)};
}

bool GentleEnd::is_over(const std::vector<Training>& running) {
  const bool had_begun = has_begun();
  const Stop stop = request_.stop();
  if (stop != Stop::Gently) return stop == Stop::Now;
  if (!had_begun) {
    for (const Training& training : running) at_begin_[training.number] = last_checkpoint(training.checkpoints);
  }
  return std::ranges::all_of(running, [this](const Training& training) {
    return training.checkpoints.empty() || last_checkpoint(training.checkpoints) > at_begin_[training.number];
  });
}

}  // namespace nas
