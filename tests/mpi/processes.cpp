#include "tests/mpi/processes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace nas {
namespace {

/// Empty for zombies, whose memory is gone.
std::vector<std::string> command_line(const std::filesystem::path& directory) {
  std::ifstream file(directory / "cmdline");
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

bool has(const std::vector<std::string>& words, const std::string& word) {
  return std::ranges::find(words, word) != words.end();
}

std::vector<pid_t> find(const std::string& marker, bool only_guards) {
  std::vector<pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc", error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::vector<std::string> words = command_line(entry->path());
    if (!has(words, marker)) continue;
    if (!only_guards || (words.size() > 1 && words[1] == "guard")) found.push_back(std::stoi(name));
  }
  return found;
}

}  // namespace

std::vector<pid_t> processes_with(const std::string& marker) { return find(marker, false); }
std::vector<pid_t> guards_with(const std::string& marker) { return find(marker, true); }

bool wait_for_processes(const std::string& marker, std::size_t count) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (processes_with(marker).size() != count) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string unique_marker() {
  static int count = 0;
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  return fmt::format("marker-{}-{}-{}", getpid(), now, ++count);
}

}  // namespace nas
