#include "trainer/data/png_file.h"

#include <fmt/format.h>
#include <png.h>

#include <span>

namespace nas {

Result<Unit> write_png(const std::filesystem::path& file, const RgbPicture& picture) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = PNG_FORMAT_RGB;
  if (png_image_write_to_file(&image, file.c_str(), 0, picture.pixels.data(), 0, nullptr) != 0) return Unit{};
  return Error{fmt::format("{}: can't be written ({})", file.string(), image.message)};
}

namespace {

Result<Unit> write_bytes(const std::filesystem::path& file, const BytePicture& picture, png_uint_32 format,
                         std::span<const png_byte> palette) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.width);
  image.height = static_cast<png_uint_32>(picture.height);
  image.format = format;
  image.colormap_entries = static_cast<png_uint_32>(palette.size() / 3);
  const void* const colours = palette.empty() ? nullptr : palette.data();
  if (png_image_write_to_file(&image, file.c_str(), 0, picture.pixels.data(), 0, colours) != 0) return Unit{};
  return Error{fmt::format("{}: can't be written ({})", file.string(), image.message)};
}

}  // namespace

Result<Unit> write_grey_png(const std::filesystem::path& file, const BytePicture& picture) {
  return write_bytes(file, picture, PNG_FORMAT_GRAY, {});
}

Result<Unit> write_numbers_png(const std::filesystem::path& file, const BytePicture& picture) {
  // The bits of the number, the lowest as the highest of red, green and blue in turns, as the masks of
  // PASCAL VOC have them.
  constexpr unsigned kColours = 256;
  std::vector<png_byte> palette(std::size_t{3} * kColours);
  for (unsigned number = 0; number < kColours; ++number) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      png_byte& part = palette[3 * number + bit % 3];
      part = static_cast<png_byte>(part | ((number >> bit & 1U) << (7 - bit / 3)));
    }
  }
  return write_bytes(file, picture, PNG_FORMAT_RGB_COLORMAP, palette);
}

}  // namespace nas
