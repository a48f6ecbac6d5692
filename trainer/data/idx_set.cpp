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

/// Names of the two files of a part.
struct PartFiles {
  std::string_view images;
  std::string_view labels;
};
constexpr PartFiles kTraining{"train-images-idx3-ubyte", "train-labels-idx1-ubyte"};
constexpr PartFiles kTest{"t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"};

struct IdxPart {
  std::filesystem::path images_file;
  IdxHeader images;
  Shape shape;
  std::vector<std::uint8_t> labels;
};

struct IdxSet {
  std::vector<IdxPart> parts;
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

Result<IdxPart> inspect_part(const std::filesystem::path& folder, const PartFiles& names) {
  const auto images_file = find_file(folder, names.images);
  const auto labels_file = find_file(folder, names.labels);
  if (!images_file || !labels_file) {
    return Error{fmt::format("{}: holds no {}[.gz]", folder.string(), images_file ? names.labels : names.images)};
  }
  Result<IdxHeader> header = read_idx_header(*images_file);
  if (!header) return header.error();
  const Result<Shape> shape = image_shape(*images_file, *header);
  if (!shape) return shape.error();
  Result<std::vector<std::uint8_t>> labels = read_labels(*labels_file, header->sizes[0]);
  if (!labels) return labels.error();
  return IdxPart{*images_file, std::move(header).value(), *shape, std::move(labels).value()};
}

/// Of other images or of a class that training never saw: no part of this set.
Result<Unit> check_test_part(const IdxPart& test, const DataFacts& facts) {
  if (test.shape != facts.input) {
    return Error{fmt::format("{}: images of {}, those for training are {}", test.images_file.string(),
                             to_string(test.shape), to_string(facts.input))};
  }
  if (facts.task != TaskKind::Classification || test.labels.empty()) return Unit{};
  const std::int64_t largest = *std::max_element(test.labels.begin(), test.labels.end());
  if (largest < facts.classes) return Unit{};
  return Error{fmt::format("{}: an image of class {}, training has classes 0 to {}", test.images_file.string(), largest,
                           facts.classes - 1)};
}

void append(const IdxPart& part, DataFacts& facts) {
  facts.records += part.images.sizes[0];
  if (facts.task == TaskKind::Classification) {
    facts.labels.insert(facts.labels.end(), part.labels.begin(), part.labels.end());
  }
}

Result<IdxSet> inspect_set(const DataOptions& data) {
  const auto tasks = {TaskKind::Classification, TaskKind::Restoration};
  if (auto error = check_task(data, tasks, "its targets are classes of whole images")) return *error;
  const std::filesystem::path folder = data.folder;
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) return Error{fmt::format("{}: no such folder", folder.string())};
  auto training = inspect_part(folder, kTraining);
  if (!training) return training.error();
  IdxSet set{{}, {.task = task_of(data), .input = training->shape}};
  append(*training, set.facts);
  if (!set.facts.labels.empty()) {
    set.facts.classes = 1 + *std::max_element(set.facts.labels.begin(), set.facts.labels.end());
  }
  set.parts.push_back(std::move(*training));
  if (!data.judge_by_test) return set;
  auto test = inspect_part(folder, kTest);
  if (!test) return test.error();
  if (const auto checked = check_test_part(*test, set.facts); !checked) return checked.error();
  append(*test, set.facts);
  set.facts.fixed_validation = test->images.sizes[0];
  set.parts.push_back(std::move(*test));
  return set;
}

}  // namespace

Result<DataFacts> inspect_idx_set(const DataOptions& data) {
  Result<IdxSet> set = inspect_set(data);
  if (!set) return set.error();
  return std::move(set->facts);
}

Result<DataSet> open_idx_set(const DataOptions& data) {
  Result<IdxSet> set = inspect_set(data);
  if (!set) return set.error();
  const auto keep = std::make_shared<std::vector<std::vector<std::uint8_t>>>();
  for (const IdxPart& part : set->parts) {
    Result<std::vector<std::uint8_t>> pixels = read_idx_bytes(part.images_file, part.images);
    if (!pixels) return pixels.error();
    keep->push_back(std::move(pixels).value());
  }
  std::vector<std::span<const std::byte>> parts;
  for (const auto& pixels : *keep) parts.push_back(std::as_bytes(std::span(pixels)));
  const ByteRecords::Layout layout{.stride = set->facts.input_bytes()};
  auto reader = std::make_shared<const ByteRecords>(std::move(parts), layout, keep);
  return DataSet{std::move(set->facts), std::move(reader)};
}

}  // namespace nas
