#include "mpi/process_tree.h"

#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>

namespace nas {
namespace {

std::optional<pid_t> pid_from(const std::string& name) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  if (error != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return pid;
}

/// The parent of a living process; none for zombies and for processes that are gone.
std::optional<pid_t> parent_of(const std::filesystem::path& directory) {
  std::ifstream file(directory / "stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  // "pid (name) state parent ...": the name may hold anything, so start behind its last bracket.
  const std::size_t bracket = text.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(bracket + 1));
  char state = 0;
  pid_t parent = 0;
  if (!(rest >> state >> parent) || state == 'Z' || state == 'X') return std::nullopt;
  return parent;
}

}  // namespace

std::vector<pid_t> descendants_of(pid_t ancestor) {
  std::multimap<pid_t, pid_t> children;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::optional<pid_t> pid = pid_from(entry->path().filename().string());
    if (!pid) continue;
    if (const std::optional<pid_t> parent = parent_of(entry->path())) children.emplace(*parent, *pid);
  }
  std::vector<pid_t> found{ancestor};
  for (std::size_t next = 0; next < found.size(); ++next) {
    const auto [begin, end] = children.equal_range(found[next]);
    for (auto child = begin; child != end; ++child) found.push_back(child->second);
  }
  found.erase(found.begin());
  return found;
}

}  // namespace nas
