// A file's content as memory, read from disk where it is touched: larger than memory is fine.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>

#include "nas/result.h"

namespace nas {

/// Immutable; may be read from many threads. The file must not become shorter meanwhile.
class MappedFile {
 public:
  /// Error: no such file, not a file, empty, can't be read.
  [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::span<const std::byte> bytes_;
};

}  // namespace nas
