// Sets of the MNIST family: a pair of IDX files.

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>

#include "trainer/data/byte_records.h"
#include "trainer/data/data_format.h"
#include "trainer/data/idx_file.h"
#include "trainer/data/task_check.h"

namespace nas {

namespace {

constexpr std::string_view kImages = "train-images-idx3-ubyte";
constexpr std::string_view kLabels = "train-labels-idx1-ubyte";

struct IdxPair {
  std::filesystem::path images_file;
  IdxHeader images;
  DataFacts facts;
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

Result<IdxPair> inspect_pair(const DataOptions& data) {
  const auto tasks = {TaskKind::Classification, TaskKind::Restoration};
  if (auto error = check_task(data, tasks, "its targets are classes of whole images")) return *error;
  const std::filesystem::path folder = data.folder;
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) return Error{fmt::format("{}: no such folder", folder.string())};
  const auto images_file = find_file(folder, kImages);
  const auto labels_file = find_file(folder, kLabels);
  if (!images_file || !labels_file) {
    return Error{fmt::format("{}: holds no {}[.gz]", folder.string(), images_file ? kLabels : kImages)};
  }
  Result<IdxHeader> header = read_idx_header(*images_file);
  if (!header) return header.error();
  const Result<Shape> shape = image_shape(*images_file, *header);
  if (!shape) return shape.error();
  const Result<std::vector<std::uint8_t>> labels = read_labels(*labels_file, header->sizes[0]);
  if (!labels) return labels.error();
  DataFacts facts{.task = task_of(data), .input = *shape, .records = header->sizes[0]};
  if (facts.task == TaskKind::Classification) {
    facts.labels.assign(labels->begin(), labels->end());
    facts.classes = 1 + std::int64_t{*std::max_element(labels->begin(), labels->end())};
  }
  return IdxPair{*images_file, std::move(header).value(), std::move(facts)};
}

}  // namespace

Result<DataFacts> inspect_idx_set(const DataOptions& data) {
  Result<IdxPair> pair = inspect_pair(data);
  if (!pair) return pair.error();
  return std::move(pair->facts);
}

Result<DataSet> open_idx_set(const DataOptions& data) {
  Result<IdxPair> pair = inspect_pair(data);
  if (!pair) return pair.error();
  Result<std::vector<std::uint8_t>> pixels = read_idx_bytes(pair->images_file, pair->images);
  if (!pixels) return pixels.error();
  const auto keep = std::make_shared<const std::vector<std::uint8_t>>(std::move(pixels).value());
  const ByteRecords::Layout layout{.stride = pair->facts.input_bytes()};
  auto reader = std::make_shared<const ByteRecords>(std::vector{std::as_bytes(std::span(*keep))}, layout, keep);
  return DataSet{std::move(pair->facts), std::move(reader)};
}

}  // namespace nas
