#include "mpi/node_facts.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "nas/check.h"

namespace nas {
namespace {

namespace fs = std::filesystem;

std::int32_t count_entries(const fs::path& directory, std::string_view prefix, bool numbered) {
  std::int32_t count = 0;
  std::error_code error;
  for (fs::directory_iterator entry(directory, error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (!name.starts_with(prefix)) continue;
    const std::string rest = name.substr(prefix.size());
    if (!numbered || (!rest.empty() && rest.find_first_not_of("0123456789") == std::string::npos)) ++count;
  }
  return count;
}

/// A container often sees every GPU of its host in /proc but has device files for its own only.
std::int32_t installed_devices() {
  const std::int32_t files = count_entries("/dev", "nvidia", /*numbered=*/true);
  return files > 0 ? files : count_entries("/proc/driver/nvidia/gpus", "", /*numbered=*/false);
}

std::vector<std::int32_t> allowed_cores() {
  // Larger than the kernel's largest mask: a cpu_set_t ends at 1,024 cores.
  constexpr int kMaxCores = 8192;
  std::vector<std::int32_t> cores;
  std::array<cpu_set_t, kMaxCores / CPU_SETSIZE> mask;
  CPU_ZERO_S(sizeof mask, mask.data());
  if (sched_getaffinity(0, sizeof mask, mask.data()) != 0) return {0};
  for (int core = 0; core < kMaxCores; ++core) {
    if (CPU_ISSET_S(static_cast<std::size_t>(core), sizeof mask, mask.data())) cores.push_back(core);
  }
  return cores;
}

std::string first_line(const fs::path& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// This process's directory below the root of a hierarchy of control groups; "/" if unknown.
fs::path group_path(std::string_view controller) {
  std::ifstream file("/proc/self/cgroup");
  for (std::string line; std::getline(file, line);) {
    // "hierarchy:controllers:path"; version 2 has no controllers there.
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    std::istringstream names(line.substr(first + 1, second - first - 1));
    bool found = controller.empty() && second == first + 1;
    for (std::string name; !controller.empty() && std::getline(names, name, ',');) found = found || name == controller;
    if (found) return line.substr(second + 1);
  }
  return "/";
}

double core_limit_at(const fs::path& directory) {
  if (const double limit = parse_cpu_max(first_line(directory / "cpu.max")); limit > 0) return limit;
  return parse_cpu_max(first_line(directory / "cpu.cfs_quota_us") + " " + first_line(directory / "cpu.cfs_period_us"));
}

using LimitAt = double (*)(const fs::path& directory);

/// The tightest limit from this group up to the root; 0: none.
double tightest_limit(const char* root, std::string_view controller, LimitAt limit_at) {
  double tightest = 0;
  for (fs::path group = group_path(controller);; group = group.parent_path()) {
    const double limit = limit_at(fs::path(root) / group.relative_path());
    if (limit > 0) tightest = tightest > 0 ? std::min(tightest, limit) : limit;
    if (group.empty() || group == group.parent_path()) break;
  }
  return tightest;
}

/// Of two limits of which either may be none (0).
double tighter(double a, double b) { return a > 0 && b > 0 ? std::min(a, b) : std::max(a, b); }

double core_limit() {
  return tighter(tightest_limit("/sys/fs/cgroup", "", core_limit_at),
                 tightest_limit("/sys/fs/cgroup/cpu", "cpu", core_limit_at));
}

double memory_limit_at(const fs::path& directory) {
  for (const char* file : {"memory.max", "memory.limit_in_bytes"}) {
    double bytes = 0;
    if (std::istringstream(first_line(directory / file)) >> bytes) return bytes;
  }
  return 0;
}

double installed_memory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page = sysconf(_SC_PAGE_SIZE);
  return pages > 0 && page > 0 ? static_cast<double>(pages) * static_cast<double>(page) : 0;
}

std::int64_t memory_bytes() {
  const double group = tighter(tightest_limit("/sys/fs/cgroup", "", memory_limit_at),
                               tightest_limit("/sys/fs/cgroup/memory", "memory", memory_limit_at));
  return static_cast<std::int64_t>(tighter(group, installed_memory()));
}

/// The version, then the arguments; not the program's path, which may differ between machines.
std::string started_as() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string word;
  std::getline(file, word, '\0');
  std::string text = "nas " NAS_VERSION;
  while (std::getline(file, word, '\0')) text += " " + word;
  return text;
}

}  // namespace

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

std::string own_executable() {
  std::error_code error;
  const fs::path path = fs::read_symlink("/proc/self/exe", error);
  if (error) throw Exception("cannot read /proc/self/exe (it says where this program lies), is /proc mounted?");
  return path.string();
}

RankFacts facts_of_this_rank(std::int32_t rank, std::int32_t node) {
  return {rank,
          node,
          host_name(),
          visible_devices(std::getenv("CUDA_VISIBLE_DEVICES"), installed_devices()),
          allowed_cores(),
          core_limit(),
          memory_bytes(),
          started_as()};
}

}  // namespace nas
