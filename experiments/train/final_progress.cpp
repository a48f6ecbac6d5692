#include "experiments/train/final_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "experiments/commands/text_table.h"
#include "experiments/tensorboard/event_file.h"
#include "nas/result.h"

namespace nas {
namespace {

constexpr auto kTerminalPeriod = std::chrono::milliseconds(500);
constexpr auto kLogPeriod = std::chrono::seconds(10);
constexpr const char* kEraseLine = "\r\x1b[K";
constexpr std::size_t kNetworksShown = 2;

void write_line(const std::filesystem::path& file, std::ios::openmode mode, const std::string& line) {
  std::ofstream out(file, mode);
  out << line;
  out.close();
  if (!out) throw Exception(fmt::format("{}: can't be written, is the disk full?", file.string()));
}

}  // namespace

FinalProgress::FinalProgress(std::vector<CurveTarget> targets, std::string metric)
    : targets_(std::move(targets)), metric_(std::move(metric)), terminal_(isatty(STDERR_FILENO) == 1) {
  for (const CurveTarget& target : targets_) events_.emplace_back(target.events);
}

void FinalProgress::add(std::size_t network, const CurvePoint& point) {
  const std::filesystem::path& file = targets_[network].file;
  if (point.epoch == 0) {
    running_[network] = {};
    events_[network].restart();
    return write_line(file, std::ios::trunc, "");
  }
  nlohmann::json line = point.metrics;
  line["epoch"] = point.epoch;
  write_line(file, std::ios::app, line.dump() + "\n");
  Metrics scalars = point.metrics;
  if (targets_[network].rate) scalars["learning_rate"] = targets_[network].rate(point.epoch);
  events_[network].add(point.epoch, scalars);
  Running& running = running_[network];
  const auto now = Clock::now();
  running.epoch = point.epoch;
  running.epoch_seconds = std::chrono::duration<double>(now - running.last).count();
  running.last = now;
  running.metrics = point.metrics;
}

void FinalProgress::finish(std::size_t network, const Metrics& metrics) {
  if (const auto running = running_.extract(network); !running.empty() && !metrics.empty()) {
    events_[network].add(running.mapped().epoch, final_scalars(metrics, running.mapped().metrics));
  }
  ++finished_;
}

std::string FinalProgress::text_of(std::size_t network, const Running& running) const {
  const CurveTarget& target = targets_[network];
  if (running.epoch == 0) return fmt::format("{}: epoch 1/{}", target.name, target.epochs);
  const double left = static_cast<double>(target.epochs - running.epoch) * running.epoch_seconds;
  const auto value = running.metrics.find(metric_);
  const double shown = value != running.metrics.end() ? value->second : 0;
  return fmt::format("{}: epoch {}/{}, {} {}, {:.3g} s an epoch, {} left", target.name, running.epoch, target.epochs,
                     metric_, display_number(shown), running.epoch_seconds, display_duration(left));
}

void FinalProgress::update() {
  const auto now = Clock::now();
  if (running_.empty() || now - shown_ < (terminal_ ? Clock::duration(kTerminalPeriod) : Clock::duration(kLogPeriod))) {
    return;
  }
  std::string line;
  if (targets_.size() > 1) line = fmt::format("{}/{} trained", finished_, targets_.size());
  std::size_t shown = 0;
  for (const auto& [network, running] : running_) {
    if (shown++ == kNetworksShown) break;
    line += (line.empty() ? "" : " | ") + text_of(network, running);
  }
  if (running_.size() > kNetworksShown) line += fmt::format(" | {} more", running_.size() - kNetworksShown);
  if (line == shown_line_) return;
  shown_ = now;
  shown_line_ = line;
  fmt::print(stderr, "{}{}{}", terminal_ ? kEraseLine : "", line, terminal_ ? "" : "\n");
  std::fflush(stderr);
}

void FinalProgress::say(std::string_view text) { fmt::print(stderr, "{}nas: {}\n", terminal_ ? kEraseLine : "", text); }

}  // namespace nas
