// PNG and JPEG files, decoded by libpng and libjpeg-turbo.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "nas/result.h"

namespace nas {

struct ImageHeader {
  std::int64_t height = 0;
  std::int64_t width = 0;
  bool colour = false;
};

/// Reads the header only; what the content is decides, not the file's name. Error: neither PNG nor
/// JPEG, or damaged as far as the header and the file's end show.
[[nodiscard]] Result<ImageHeader> read_image_header(const std::filesystem::path& file);

/// Pixels as (channels, height, width) bytes: 1 channel grey or 3 red, green, blue; transparency over
/// black. REQUIRES: `into` holds channels * height * width. Error: as above, damaged, or of another
/// size than `header`.
[[nodiscard]] Result<Unit> decode_image(const std::filesystem::path& file, const ImageHeader& header,
                                        std::int64_t channels, std::span<std::uint8_t> into);

}  // namespace nas
