// Pictures as PNG files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "nas/result.h"

namespace nas {

/// Rows of red, green, blue bytes.
struct RgbPicture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels;  // 3 * width * height

  RgbPicture(std::size_t wide, std::size_t high, std::uint8_t shade)
      : width(wide), height(high), pixels(3 * wide * high, shade) {}
  /// The three bytes of one pixel. REQUIRES: within the picture.
  [[nodiscard]] std::uint8_t* at(std::size_t x, std::size_t y) { return pixels.data() + 3 * (y * width + x); }
};

/// Error: the file can't be written.
[[nodiscard]] Result<Unit> write_png(const std::filesystem::path& file, const RgbPicture& picture);

/// One byte a pixel.
struct BytePicture {
  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint8_t> pixels;  // width * height
};
[[nodiscard]] Result<Unit> write_grey_png(const std::filesystem::path& file, const BytePicture& picture);
/// Numbers as pixels with a palette: read as they are, seen in colours of their own (0 is black).
[[nodiscard]] Result<Unit> write_numbers_png(const std::filesystem::path& file, const BytePicture& picture);

}  // namespace nas
