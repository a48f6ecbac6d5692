#include "trainer/image_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>

#include "trainer/idx_file.h"

namespace nas {

namespace {

constexpr std::string_view kImages = "train-images-idx3-ubyte";
constexpr std::string_view kLabels = "train-labels-idx1-ubyte";

struct IdxPair {
  std::filesystem::path images_file;
  IdxHeader images;
  ImageSetFacts facts;
};

/// The file itself or its gzipped form, whichever is there.
std::optional<std::filesystem::path> find_file(const std::filesystem::path& folder, std::string_view name) {
  for (const std::string_view ending : {"", ".gz"}) {
    std::filesystem::path file = folder / (std::string(name) + std::string(ending));
    std::error_code code;
    if (std::filesystem::exists(file, code)) return file;
  }
  return std::nullopt;
}

Result<Shape> image_shape(const std::filesystem::path& file, const IdxHeader& header) {
  const auto& sizes = header.sizes;
  if (sizes.size() != 3 && sizes.size() != 4) {
    return Error{fmt::format("{}: {} axes, images need 3 (count, height, width) or 4 (count, channels, height, width)",
                             file.string(), sizes.size())};
  }
  const std::size_t first = sizes.size() - 2;
  return Shape{.channels = sizes.size() == 4 ? sizes[1] : 1, .dims = 2, .size = {sizes[first], sizes[first + 1], 1}};
}

Result<std::vector<std::uint8_t>> read_labels(const std::filesystem::path& file, std::int64_t images) {
  const Result<IdxHeader> header = read_idx_header(file);
  if (!header) return header.error();
  if (header->sizes.size() != 1) {
    return Error{fmt::format("{}: {} axes, labels need 1", file.string(), header->sizes.size())};
  }
  if (header->sizes[0] != images) {
    return Error{fmt::format("{}: {} labels for {} images, the two files do not belong together", file.string(),
                             header->sizes[0], images)};
  }
  return read_idx_bytes(file, *header);
}

Result<IdxPair> inspect_pair(const std::filesystem::path& folder) {
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) {
    return Error{fmt::format("{}: no such folder", folder.string())};
  }
  const auto images_file = find_file(folder, kImages);
  const auto labels_file = find_file(folder, kLabels);
  if (!images_file || !labels_file) {
    return Error{fmt::format("{}: holds no {}[.gz]", folder.string(), images_file ? kLabels : kImages)};
  }
  Result<IdxHeader> header = read_idx_header(*images_file);
  if (!header) return header.error();
  const Result<Shape> shape = image_shape(*images_file, *header);
  if (!shape) return shape.error();
  Result<std::vector<std::uint8_t>> labels = read_labels(*labels_file, header->sizes[0]);
  if (!labels) return labels.error();
  const std::int64_t classes = 1 + std::int64_t{*std::max_element(labels->begin(), labels->end())};
  return IdxPair{*images_file, std::move(header).value(), {*shape, classes, std::move(labels).value()}};
}

Result<ImageSetFacts> inspect_idx(const std::filesystem::path& folder) {
  Result<IdxPair> pair = inspect_pair(folder);
  if (!pair) return pair.error();
  return std::move(pair->facts);
}

Result<ImageSet> load_idx(const std::filesystem::path& folder) {
  Result<IdxPair> pair = inspect_pair(folder);
  if (!pair) return pair.error();
  Result<std::vector<std::uint8_t>> pixels = read_idx_bytes(pair->images_file, pair->images);
  if (!pixels) return pixels.error();
  return ImageSet{std::move(pair->facts), std::move(pixels).value()};
}

constexpr std::array kRows = {
    ImageSetRow{"fashion_mnist", "Fashion-MNIST: 60,000 grey 28x28 images of 10 kinds of clothes (Xiao et al. 2017)",
                "/usr/share/datasets/fashion-mnist", "install Debian's package dataset-fashion-mnist", inspect_idx,
                load_idx},
    ImageSetRow{"mnist", "MNIST: 60,000 grey 28x28 images of handwritten digits (LeCun et al. 1998)",
                "/usr/share/datasets/mnist", "name the folder of its train-* files as data.folder", inspect_idx,
                load_idx},
    ImageSetRow{"idx", "any folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not", "",
                "name the folder as data.folder", inspect_idx, load_idx},
};

}  // namespace

std::span<const ImageSetRow> image_sets() { return kRows; }

const ImageSetRow* find_image_set(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '-', '_');
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const ImageSetRow& r) { return r.name == key; });
  return row == kRows.end() ? nullptr : &*row;
}

std::vector<std::string> image_set_names() {
  std::vector<std::string> names;
  for (const ImageSetRow& row : kRows) names.emplace_back(row.name);
  return names;
}

}  // namespace nas
