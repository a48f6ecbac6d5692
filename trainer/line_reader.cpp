#include "trainer/line_reader.h"

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "nas/check.h"

namespace nas {

std::optional<std::string> LineReader::take() {
  const std::size_t end = read_.find('\n', seen_);
  if (end == std::string::npos) {
    seen_ = read_.size();
    if (!ended_ || read_.empty()) return std::nullopt;
    seen_ = 0;
    return std::exchange(read_, {});
  }
  std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  seen_ = 0;
  return line;
}

void LineReader::read_some() {
  std::array<char, 65536> chunk;
  const ssize_t count = read(descriptor_, chunk.data(), chunk.size());
  if (count < 0 && errno == EINTR) return;
  if (count < 0) throw Exception(fmt::format("standard input cannot be read ({})", std::strerror(errno)));
  if (count == 0) ended_ = true;
  read_.append(chunk.data(), static_cast<std::size_t>(count));
}

std::optional<std::string> LineReader::next() {
  for (;;) {
    if (auto line = take()) return line;
    if (ended_) return std::nullopt;
    read_some();
  }
}

std::optional<std::string> LineReader::next_if_there() {
  for (;;) {
    if (auto line = take()) return line;
    pollfd watched{descriptor_, POLLIN, 0};
    if (ended_ || poll(&watched, 1, 0) <= 0) return std::nullopt;
    read_some();
  }
}

}  // namespace nas
