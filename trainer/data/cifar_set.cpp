// CIFAR-10 and CIFAR-100 in their binary versions (Krizhevsky 2009): records of label bytes and
// 3 planes of 32x32 pixels.

#include <fmt/format.h>

#include <array>
#include <system_error>

#include "trainer/data/byte_records.h"
#include "trainer/data/data_format.h"
#include "trainer/data/mapped_file.h"
#include "trainer/data/task_check.h"

namespace nas {

namespace {

constexpr std::size_t kPixels = 3 * 32 * 32;
constexpr std::array<std::string_view, 5> kFiles10 = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                                      "data_batch_4.bin", "data_batch_5.bin"};
constexpr std::array<std::string_view, 1> kFiles100 = {"train.bin"};

struct CifarLayout {
  std::span<const std::string_view> files;
  std::string_view test_file;
  std::size_t label_bytes = 1;  // the last one is the class
  std::int64_t classes = 10;

  [[nodiscard]] std::size_t record_bytes() const { return label_bytes + kPixels; }
};

constexpr CifarLayout kCifar10{kFiles10, "test_batch.bin", 1, 10};
constexpr CifarLayout kCifar100{kFiles100, "test.bin", 2, 100};

using MappedFiles = std::vector<std::shared_ptr<const MappedFile>>;

/// Appends the classes of a file's records.
Result<Unit> read_labels(const std::filesystem::path& file, std::span<const std::byte> bytes, const CifarLayout& layout,
                         std::vector<std::int64_t>& labels) {
  const std::size_t stride = layout.record_bytes();
  if (bytes.size() % stride != 0) {
    return Error{fmt::format("{}: {} bytes, no multiple of {} (a record): truncated or another format, get it again",
                             file.string(), bytes.size(), stride)};
  }
  for (std::size_t i = 0; i < bytes.size() / stride; ++i) {
    const auto label = std::to_integer<std::int64_t>(bytes[i * stride + layout.label_bytes - 1]);
    if (label >= layout.classes) {
      return Error{fmt::format("{}: record {} is of class {}, there are {} (0 to {}): damaged, get it again",
                               file.string(), i, label, layout.classes, layout.classes - 1)};
    }
    labels.push_back(label);
  }
  return Unit{};
}

struct CifarSet {
  MappedFiles files;
  DataFacts facts;
};

Result<CifarSet> map_set(const DataOptions& data, const CifarLayout& layout) {
  const auto tasks = {TaskKind::Classification, TaskKind::Restoration};
  if (auto error = check_task(data, tasks, "its targets are classes of whole images")) return *error;
  const std::filesystem::path folder = data.folder;
  std::error_code code;
  if (!std::filesystem::is_directory(folder, code)) return Error{fmt::format("{}: no such folder", folder.string())};
  CifarSet set;
  std::vector<std::int64_t> labels;
  std::vector<std::string_view> names(layout.files.begin(), layout.files.end());
  if (data.judge_by_test) names.push_back(layout.test_file);
  std::size_t before_last = 0;
  for (const std::string_view name : names) {
    before_last = labels.size();
    const auto mapped = MappedFile::open(folder / name);
    if (!mapped) return mapped.error();
    const Result<Unit> read = read_labels(folder / name, (*mapped)->bytes(), layout, labels);
    if (!read) return read.error();
    set.files.push_back(*mapped);
  }
  set.facts.task = task_of(data);
  set.facts.input = {.channels = 3, .dims = 2, .size = {32, 32, 1}};
  set.facts.records = static_cast<std::int64_t>(labels.size());
  if (data.judge_by_test) set.facts.fixed_validation = static_cast<std::int64_t>(labels.size() - before_last);
  if (set.facts.task == TaskKind::Classification) {
    set.facts.classes = layout.classes;
    set.facts.labels = std::move(labels);
  }
  return set;
}

Result<DataFacts> inspect_cifar(const DataOptions& data, const CifarLayout& layout) {
  Result<CifarSet> set = map_set(data, layout);
  if (!set) return set.error();
  return std::move(set->facts);
}

Result<DataSet> open_cifar(const DataOptions& data, const CifarLayout& layout) {
  Result<CifarSet> set = map_set(data, layout);
  if (!set) return set.error();
  const auto keep = std::make_shared<const MappedFiles>(std::move(set->files));
  std::vector<std::span<const std::byte>> parts;
  for (const auto& file : *keep) parts.push_back(file->bytes());
  const ByteRecords::Layout records{.stride = layout.record_bytes(), .offset = layout.label_bytes};
  return DataSet{std::move(set->facts), std::make_shared<const ByteRecords>(std::move(parts), records, keep)};
}

}  // namespace

Result<DataFacts> inspect_cifar10(const DataOptions& data) { return inspect_cifar(data, kCifar10); }
Result<DataSet> open_cifar10(const DataOptions& data) { return open_cifar(data, kCifar10); }
Result<DataFacts> inspect_cifar100(const DataOptions& data) { return inspect_cifar(data, kCifar100); }
Result<DataSet> open_cifar100(const DataOptions& data) { return open_cifar(data, kCifar100); }

}  // namespace nas
