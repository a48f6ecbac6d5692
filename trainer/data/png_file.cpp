#include "trainer/data/png_file.h"

#include <fmt/format.h>
#include <png.h>

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

}  // namespace nas
