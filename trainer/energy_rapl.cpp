#include "trainer/energy_rapl.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nas/check.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

/// Nothing draws more: a counter is read twice before this could take it round.
constexpr double kMostWatts = 1000;
constexpr double kJoulesPerCount = 1e-6;

struct Zone {
  fs::path folder;
  std::uint64_t range = 0;  // microjoules
  std::uint64_t last = 0;
};

/// errno says why not. The files of sysfs are read in one go.
std::optional<std::string> read_small(const fs::path& file) {
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  char text[64];
  const ssize_t size = read(descriptor, text, sizeof text);
  const int why = errno;
  close(descriptor);
  errno = why;
  if (size < 0) return std::nullopt;
  std::string line(text, static_cast<std::size_t>(size));
  return line.substr(0, line.find('\n'));
}

Result<std::uint64_t> read_count(const fs::path& file) {
  const auto text = read_small(file);
  if (!text) {
    const char* const hint =
        errno == EACCES ? " (Linux keeps it for root), have it made readable or take energy: model" : "";
    return Error{fmt::format("{} can't be read: {}{}", file.string(), std::strerror(errno), hint)};
  }
  char* end = nullptr;
  errno = 0;
  const unsigned long long count = std::strtoull(text->c_str(), &end, 10);
  if (text->empty() || *end != '\0' || errno != 0) {
    return Error{fmt::format("{} holds '{}' where a number was expected", file.string(), *text)};
  }
  return static_cast<std::uint64_t>(count);
}

/// A lock that ends with the process that holds it.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : descriptor_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        held_(descriptor_ >= 0 && flock(descriptor_, LOCK_EX | LOCK_NB) == 0) {}
  ~FolderLock() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  bool held() const { return held_; }

 private:
  int descriptor_;
  bool held_;
};

class RaplCounter final : public EnergyCounter {
 public:
  RaplCounter(std::vector<Zone> zones, std::unique_ptr<FolderLock> lock)
      : zones_(std::move(zones)), lock_(std::move(lock)) {}

  double joules() override {
    for (Zone& zone : zones_) {
      const Result<std::uint64_t> now = read_count(zone.folder / "energy_uj");
      if (!now) throw Exception("energy: rapl: " + now.error().message);
      counted_ += counted_between(zone.last, *now, zone.range);
      zone.last = *now;
    }
    return static_cast<double>(counted_) * kJoulesPerCount;
  }

  CounterManners manners() const override {
    const std::uint64_t least = std::ranges::min_element(zones_, {}, &Zone::range)->range;
    const double most_gap = static_cast<double>(least) * kJoulesPerCount / kMostWatts / 2;
    return {.tick = 1e-3, .most_gap = most_gap, .settle = 0.5, .window = 1};
  }

 private:
  std::vector<Zone> zones_;
  std::unique_ptr<FolderLock> lock_;
  std::uint64_t counted_ = 0;  // microjoules
};

/// Of packages and memory, in the order of their names.
std::vector<fs::path> zone_folders(const fs::path& root) {
  std::vector<fs::path> folders;
  std::error_code failed;
  for (fs::directory_iterator entry(root, failed), end; !failed && entry != end; entry.increment(failed)) {
    // Not intel-rapl-mmio:0, which is the same package by another way.
    if (!entry->path().filename().string().starts_with("intel-rapl:")) continue;
    const std::string name = read_small(entry->path() / "name").value_or("");
    if (name.starts_with("package-") || name == "dram") folders.push_back(entry->path());
  }
  std::ranges::sort(folders);
  return folders;
}

Result<Zone> open_zone(const fs::path& folder) {
  const auto count = read_count(folder / "energy_uj");
  if (!count) return count.error();
  const auto range = read_count(folder / "max_energy_range_uj");
  if (!range) return range.error();
  if (*range < *count || *range == 0) {
    return Error{fmt::format("{} counts to {} but stands at {}", folder.string(), *range, *count)};
  }
  return Zone{folder, *range, *count};
}

}  // namespace

Result<std::unique_ptr<EnergyCounter>> open_rapl(const fs::path& root) {
  const std::vector<fs::path> folders = zone_folders(root);
  if (folders.empty()) {
    return Error{
        fmt::format("no processor's energy counter is in {} (virtual machines seldom have one), take energy: "
                    "model",
                    root.string())};
  }
  std::vector<Zone> zones;
  for (const fs::path& folder : folders) {
    const auto zone = open_zone(folder);
    if (!zone) return zone.error();
    zones.push_back(*zone);
  }
  auto lock = std::make_unique<FolderLock>(folders.front());
  if (!lock->held()) {
    return Error{
        fmt::format("another training reads {} (each would be charged for both), start one worker a machine "
                    "or take energy: model",
                    folders.front().string())};
  }
  return std::unique_ptr<EnergyCounter>(std::make_unique<RaplCounter>(std::move(zones), std::move(lock)));
}

}  // namespace nas
