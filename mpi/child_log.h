// The log file of one slot: its children's standard error and what they print besides the protocol.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace nas {

/// Appends; several children, one after the other, share one file.
class ChildLog {
 public:
  static constexpr std::size_t kTailLines = 20;

  /// Creates the file if need be. Throws nas::Exception where that is impossible.
  explicit ChildLog(const std::string& path);
  ~ChildLog();
  ChildLog(ChildLog&& other) noexcept;
  ChildLog& operator=(ChildLog&&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }
  void append(std::string_view line);
  /// What is written from now on belongs to the next tail.
  void mark();
  /// The last kTailLines lines since the mark.
  [[nodiscard]] std::string tail() const;

 private:
  [[nodiscard]] off_t size() const;

  int descriptor_;
  off_t marked_ = 0;
};

}  // namespace nas
