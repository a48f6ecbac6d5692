#include "mpi/child_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "mpi/child_protocol.h"
#include "nas/check.h"

namespace nas {

ChildLog::ChildLog(const std::string& path)
    : descriptor_(open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) {
    const bool too_many = errno == EMFILE || errno == ENFILE;
    throw Exception(fmt::format("cannot write the log {} ({}), {}", path, std::strerror(errno),
                                too_many ? "ask for fewer workers, or raise the limit with ulimit -n"
                                         : "does its directory exist and is it writable?"));
  }
  mark();
}

ChildLog::~ChildLog() {
  if (descriptor_ >= 0) close(descriptor_);
}

ChildLog::ChildLog(ChildLog&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), marked_(other.marked_) {}

void ChildLog::append(std::string_view line) {
  std::string text(line);
  text += '\n';
  // A full disk must not end the search because of a log line.
  [[maybe_unused]] const ssize_t written = write(descriptor_, text.data(), text.size());
}

void ChildLog::mark() { marked_ = size(); }

off_t ChildLog::size() const {
  struct stat status {};
  return fstat(descriptor_, &status) == 0 ? status.st_size : 0;
}

std::string ChildLog::tail() const {
  constexpr off_t kMaxBytes = 16384;
  const off_t end = size();
  const off_t begin = std::max(std::min(marked_, end), end - kMaxBytes);
  std::string text(static_cast<std::size_t>(end - begin), '\0');
  const ssize_t count = pread(descriptor_, text.data(), text.size(), begin);
  text.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return valid_utf8(last_lines(text, kTailLines));
}

}  // namespace nas
