// Sets of labelled images: what is on disk, as plain bytes. Needs no torch.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nas/network.h"
#include "nas/result.h"

namespace nas {

/// What a set holds, known without reading its pixels.
struct ImageSetFacts {
  Shape image;               // channels, height, width
  std::int64_t classes = 0;  // labels are 0 to classes - 1
  std::vector<std::uint8_t> labels;
};

struct ImageSet {
  ImageSetFacts facts;
  std::vector<std::uint8_t> pixels;  // (images, channels, height, width)
};

/// One data set by name. Adding one of another layout: a row with its own two functions.
struct ImageSetRow {
  std::string_view name;
  std::string_view summary;
  std::string_view folder;  // where it usually lies; empty: must be said
  std::string_view remedy;  // how to get it
  /// Checks files, sizes and labels. Error: what is missing, truncated or does not agree.
  Result<ImageSetFacts> (*inspect)(const std::filesystem::path& folder);
  /// Everything `inspect` checks, and the pixels.
  Result<ImageSet> (*load)(const std::filesystem::path& folder);
};

/// All rows. Only training images: no reader opens a set's test part.
[[nodiscard]] std::span<const ImageSetRow> image_sets();

/// Null where no set has this name; '-' counts as '_'.
[[nodiscard]] const ImageSetRow* find_image_set(std::string_view name);
[[nodiscard]] std::vector<std::string> image_set_names();

}  // namespace nas
