// A .npy file that is written piece by piece, so that it may be larger than memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nas/result.h"
#include "trainer/data/data_set.h"

namespace nas {

/// Row-major, of bytes or float32. Used from one thread. The file is whole once all was written and
/// `close` succeeded.
class NpyWriter {
 public:
  /// Replaces what was there; the elements are 0. Error: it can't be written, the disk is too small.
  [[nodiscard]] static Result<NpyWriter> create(const std::filesystem::path& file, ElementType element,
                                                std::vector<std::int64_t> shape);
  NpyWriter(NpyWriter&& other) noexcept;
  NpyWriter& operator=(NpyWriter&&) = delete;
  ~NpyWriter();

  /// `bytes` of elements from the element `first` on.
  [[nodiscard]] Result<Unit> write(std::int64_t first, std::span<const std::byte> bytes);
  [[nodiscard]] Result<Unit> close();

  [[nodiscard]] const std::vector<std::int64_t>& shape() const { return shape_; }

 private:
  NpyWriter(std::string name, int descriptor, ElementType element, std::vector<std::int64_t> shape)
      : name_(std::move(name)), descriptor_(descriptor), element_(element), shape_(std::move(shape)) {}
  [[nodiscard]] Error failed(const char* what) const;

  std::string name_;
  int descriptor_;
  ElementType element_;
  std::vector<std::int64_t> shape_;
  std::size_t offset_ = 0;  // of the elements
};

}  // namespace nas
