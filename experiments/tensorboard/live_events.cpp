#include "experiments/tensorboard/live_events.h"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <vector>

#include "experiments/tensorboard/event_file.h"
#include "nas/result.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

double unix_time() {
  return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
}

void append(const fs::path& file, const std::string& record) {
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << record;
  out.close();
  if (!out) throw Exception(fmt::format("{}: can't be written, is the disk full?", file.string()));
}

}  // namespace

void LiveEvents::restart() {
  if (folder_.empty()) return;
  std::error_code ignored;
  fs::create_directories(folder_, ignored);
  std::vector<fs::path> old;
  for (const auto& entry : fs::directory_iterator(folder_, ignored)) {
    if (entry.path().filename().string().starts_with(kEventFileName)) old.push_back(entry.path());
  }
  for (const fs::path& file : old) fs::remove(file, ignored);
  // A running TensorBoard goes on to the next file by its name.
  const double now = unix_time();
  file_ = folder_ / fmt::format("{}.{:.6f}", kEventFileName, now);
  append(file_, event_file_start(now));
}

void LiveEvents::add(std::int64_t step, const Metrics& scalars) const {
  if (!folder_.empty()) append(file_, scalars_event(unix_time(), step, scalars));
}

}  // namespace nas
