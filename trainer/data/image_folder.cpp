// Folders of PNG and JPEG images: a folder each class.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <optional>
#include <system_error>

#include "trainer/data/data_format.h"
#include "trainer/data/image_file.h"
#include "trainer/data/task_check.h"

namespace nas {

namespace {

using Paths = std::vector<std::filesystem::path>;

struct ImageFolder {
  DataFacts facts;
  ImageHeader header;
  Paths files;
};

class ImageFiles final : public RecordReader {
 public:
  ImageFiles(Paths files, ImageHeader header, std::int64_t channels)
      : files_(std::move(files)), header_(header), channels_(channels) {}

  Result<Unit> read(std::int64_t record, RecordBytes into) const override {
    const std::span<std::uint8_t> pixels(reinterpret_cast<std::uint8_t*>(into.input.data()), into.input.size());
    return decode_image(files_[static_cast<std::size_t>(record)], header_, channels_, pixels);
  }

 private:
  Paths files_;
  ImageHeader header_;
  std::int64_t channels_;
};

bool is_hidden(const std::filesystem::path& path) { return path.filename().string().starts_with('.'); }

/// Visible entries, sorted by name.
Result<Paths> list(const std::filesystem::path& folder) {
  std::error_code code;
  Paths entries;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (!is_hidden(entry.path())) entries.push_back(entry.path());
  }
  if (code) return Error{fmt::format("{}: {}", folder.string(), code.message())};
  std::sort(entries.begin(), entries.end());
  return entries;
}

Result<Paths> subfolders(const std::filesystem::path& folder) {
  auto entries = list(folder);
  if (entries) std::erase_if(*entries, [](const auto& path) { return !std::filesystem::is_directory(path); });
  return entries;
}

bool looks_like_image(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return ending == ".png" || ending == ".jpg" || ending == ".jpeg";
}

std::vector<std::string> names_of(const Paths& folders) {
  std::vector<std::string> names;
  for (const auto& folder : folders) names.push_back(folder.filename().string());
  return names;
}

/// Appends the images of one part, class by class.
Result<Unit> add_part(const std::filesystem::path& folder, ImageFolder& set) {
  const auto folders = subfolders(folder);
  if (!folders) return folders.error();
  std::vector<std::string> names = names_of(*folders);
  if (names.empty()) return Error{fmt::format("{}: holds no folders of classes", folder.string())};
  if (set.facts.names.empty()) set.facts.names = names;
  if (set.facts.names != names) {
    return Error{fmt::format("{}: classes {} where training has {}", folder.string(), fmt::join(names, ", "),
                             fmt::join(set.facts.names, ", "))};
  }
  for (std::size_t c = 0; c < folders->size(); ++c) {
    auto images = list((*folders)[c]);
    if (!images) return images.error();
    std::erase_if(*images, [](const auto& path) { return !looks_like_image(path); });
    if (images->empty()) {
      return Error{fmt::format("{}: holds no .png, .jpg or .jpeg file (an empty class), remove the folder",
                               (*folders)[c].string())};
    }
    set.files.insert(set.files.end(), images->begin(), images->end());
    set.facts.labels.insert(set.facts.labels.end(), images->size(), static_cast<std::int64_t>(c));
  }
  return Unit{};
}

/// Sizes must be equal; one coloured image makes all of them coloured.
Result<Unit> read_headers(ImageFolder& set) {
  for (std::size_t i = 0; i < set.files.size(); ++i) {
    const auto header = read_image_header(set.files[i]);
    if (!header) return header.error();
    if (i == 0) set.header = *header;
    if (header->height != set.header.height || header->width != set.header.width) {
      return Error{
          fmt::format("{}: {}x{} pixels, the first image ({}) has {}x{} (networks take one size), bring all "
                      "images to one size",
                      set.files[i].string(), header->height, header->width, set.files[0].string(), set.header.height,
                      set.header.width)};
    }
    set.header.colour |= header->colour;
  }
  return Unit{};
}

Result<ImageFolder> inspect(const DataOptions& data) {
  const auto tasks = {TaskKind::Classification, TaskKind::Restoration};
  if (auto error = check_task(data, tasks, "its targets are classes of whole images")) return *error;
  const std::filesystem::path folder = data.folder;
  const auto folders = subfolders(folder);
  if (!folders) return folders.error();
  ImageFolder set;
  const auto has = [&](const char* name) { return std::filesystem::is_directory(folder / name); };
  const bool parts = has("train");
  if (auto added = add_part(parts ? folder / "train" : folder, set); !added) return added.error();
  const std::size_t for_training = set.files.size();
  if (data.judge_by_test && !(parts && has("test"))) {
    return Error{fmt::format("{}: has no folders `train` and `test`, so there is no test part", folder.string())};
  }
  const std::vector<const char*> judges =
      data.judge_by_test ? std::vector{"test"} : std::vector{"val", "valid", "validation"};
  for (const char* name : judges) {
    if (!parts || !has(name)) continue;
    if (auto added = add_part(folder / name, set); !added) return added.error();
    break;
  }
  if (auto read = read_headers(set); !read) return read.error();
  DataFacts& facts = set.facts;
  facts.task = task_of(data);
  facts.records = static_cast<std::int64_t>(set.files.size());
  facts.fixed_validation = static_cast<std::int64_t>(set.files.size() - for_training);
  facts.input = {.channels = set.header.colour ? 3 : 1, .dims = 2, .size = {set.header.height, set.header.width, 1}};
  facts.classes = static_cast<std::int64_t>(facts.names.size());
  if (facts.task != TaskKind::Classification) {
    facts.classes = 0;
    facts.labels.clear();
  }
  return set;
}

}  // namespace

Result<DataFacts> inspect_image_folder(const DataOptions& data) {
  auto set = inspect(data);
  if (!set) return set.error();
  return std::move(set->facts);
}

Result<DataSet> open_image_folder(const DataOptions& data) {
  auto set = inspect(data);
  if (!set) return set.error();
  auto reader = std::make_shared<const ImageFiles>(std::move(set->files), set->header, set->facts.input.channels);
  return DataSet{std::move(set->facts), std::move(reader)};
}

}  // namespace nas
