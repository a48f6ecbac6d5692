// Lines from a descriptor, waited for or only looked for.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace nas {

/// Used from one thread. The descriptor stays the caller's; nobody else may read from it.
class LineReader {
 public:
  explicit LineReader(int descriptor) : descriptor_(descriptor) {}

  /// Waits for the next line and gives it without its newline; none at the end of the input, whose last line need not
  /// have a newline. Throws nas::Exception where the descriptor can't be read.
  [[nodiscard]] std::optional<std::string> next();
  /// The same without waiting: none where no line is whole yet.
  [[nodiscard]] std::optional<std::string> next_if_there();

 private:
  [[nodiscard]] std::optional<std::string> take();
  void read_some();

  int descriptor_;
  std::string read_;
  std::size_t seen_ = 0;  // bytes of read_ that hold no newline
  bool ended_ = false;
};

}  // namespace nas
