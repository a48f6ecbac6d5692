// A file before it is written: texts made for it, and bytes that lie elsewhere and need no copy.
#pragma once

#include <cstddef>
#include <deque>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace nas {

class FilePieces {
 public:
  FilePieces() = default;
  FilePieces(FilePieces&&) noexcept = default;
  FilePieces& operator=(FilePieces&&) noexcept = default;

  void add(std::string text);
  /// REQUIRES: `bytes` outlive this.
  void add_view(std::string_view bytes);
  /// All of `more` at the end.
  void append(FilePieces more);

  [[nodiscard]] std::size_t size() const { return size_; }
  void write(std::ostream& out) const;
  [[nodiscard]] std::string joined() const;

 private:
  std::deque<std::string> texts_;  // stay where they are
  std::vector<std::string_view> pieces_;
  std::size_t size_ = 0;
};

}  // namespace nas
