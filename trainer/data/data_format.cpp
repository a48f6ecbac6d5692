#include "trainer/data/data_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace nas {

namespace {

using Names = std::string_view;

constexpr std::array<Names, 1> kFolderKeys = {"folder"};
constexpr std::array<Names, 12> kArrayKeys = {
    "folder",    "file",        "validation_file", "inputs", "targets", "validation_inputs", "validation_targets",
    "test_file", "test_inputs", "test_targets",    "axes",   "classes"};
constexpr std::array<Names, 8> kTableKeys = {"file",   "validation_file", "test_file",   "targets",
                                             "header", "skip_lines",      "categorical", "leave_out"};
/// What any format may or may not use; the other options are for all.
constexpr std::array<Names, 16> kOwnKeys = {
    "folder",    "file",        "validation_file", "inputs", "targets", "validation_inputs", "validation_targets",
    "test_file", "test_inputs", "test_targets",    "axes",   "header",  "skip_lines",        "categorical",
    "classes",   "leave_out"};

constexpr std::array kRows = {
    DataFormat{"fashion_mnist", "Fashion-MNIST: 60,000 grey 28x28 images of 10 kinds of clothes (Xiao et al. 2017)",
               "/usr/share/datasets/fashion-mnist", "install Debian's package dataset-fashion-mnist", kFolderKeys,
               inspect_idx_set, open_idx_set},
    DataFormat{"mnist", "MNIST: 60,000 grey 28x28 images of handwritten digits (LeCun et al. 1998)",
               "/usr/share/datasets/mnist", "name the folder of its train-* files as data.folder", kFolderKeys,
               inspect_idx_set, open_idx_set},
    DataFormat{"idx", "any folder with train-images-idx3-ubyte and train-labels-idx1-ubyte, gzipped or not", "",
               "name the folder as data.folder", kFolderKeys, inspect_idx_set, open_idx_set},
    DataFormat{"cifar10", "CIFAR-10, binary version: a folder with data_batch_1.bin to data_batch_5.bin", "",
               "name the folder as data.folder", kFolderKeys, inspect_cifar10, open_cifar10},
    DataFormat{"cifar100", "CIFAR-100, binary version: a folder with train.bin; the 100 fine classes", "",
               "name the folder as data.folder", kFolderKeys, inspect_cifar100, open_cifar100},
    DataFormat{"arrays", "NumPy arrays: images, masks, volumes, signals, features in a .npz file or a folder of .npy",
               "", "name a .npz file as data.file, or a folder of .npy files as data.folder", kArrayKeys,
               inspect_array_set, open_array_set},
    DataFormat{"images", "a folder of PNG and JPEG images, a folder each class; or of `train` and `val`, each so", "",
               "name the folder as data.folder", kFolderKeys, inspect_image_folder, open_image_folder},
    DataFormat{"table", "a CSV file of numbers and categories, gzipped or not; empty, ?, NA, NaN: a missing value", "",
               "name the CSV file as data.file", kTableKeys, inspect_table_set, open_table_set},
};

bool contains(std::span<const Names> names, Names name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// Options that the format would pass over are errors.
std::optional<Error> check_keys(const DataFormat& format, DataOptions data) {
  DataOptions defaults;
  const Options rows = options(data);
  const Options default_rows = options(defaults);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string& name = rows[i].name;
    if (!contains(kOwnKeys, name) || takes_key(format, name)) continue;
    if (get_option(rows[i]) == get_option(default_rows[i])) continue;
    return Error{fmt::format("data.{}: has no meaning for the set '{}', remove it (it uses {})", name, format.name,
                             fmt::join(format.keys, ", "))};
  }
  return std::nullopt;
}

std::optional<Error> check_place(const DataFormat& format, const DataOptions& data) {
  if (!data.folder.empty() && !data.file.empty()) {
    return Error{"data.file: a folder is given too, name one of the two"};
  }
  if (!data.folder.empty() || !data.file.empty() || !format.folder.empty()) return std::nullopt;
  const std::string_view key = takes_key(format, "file") ? "file" : "folder";
  return Error{
      fmt::format("data.{}: not given (the set '{}' has no usual place), {}", key, format.name, format.remedy)};
}

/// Errors of a format begin with a path, or with "data." where an option is at fault.
Error with_key(const DataFormat& format, const DataOptions& data, const Error& error) {
  if (error.message.starts_with("data.")) return error;
  const char* key = data.file.empty() ? "folder" : "file";
  return Error{fmt::format("data.{}: {}; {}", key, error.message, format.remedy)};
}

/// The row and the options with its place, or what is wrong with them.
struct Chosen {
  const DataFormat* format = nullptr;
  DataOptions data;
};

Result<Chosen> choose(const DataOptions& data) {
  Chosen chosen{find_data_format(data.set), data};
  if (chosen.format == nullptr) {
    return Error{fmt::format("data.set: unknown data set '{}'{}", data.set, suggest(data.set, data_format_names()))};
  }
  if (find_task(data.task) == nullptr) {
    return Error{fmt::format("data.task: unknown task '{}'{}", data.task, suggest(data.task, task_names()))};
  }
  if (data.noise > 0 && data.task != "restoration") {
    return Error{
        fmt::format("data.noise: corrupts inputs for the task restoration, not for {}; training.noise is the "
                    "augmentation",
                    data.task)};
  }
  if (auto error = check_keys(*chosen.format, data)) return *error;
  if (auto error = check_place(*chosen.format, data)) return *error;
  if (data.folder.empty() && data.file.empty()) chosen.data.folder = chosen.format->folder;
  return chosen;
}

std::optional<Error> check_classes(const DataFacts& facts) {
  if (facts.task != TaskKind::Classification) return std::nullopt;
  std::vector<bool> seen(static_cast<std::size_t>(facts.classes));
  for (const std::int64_t label : facts.labels) seen[static_cast<std::size_t>(label)] = true;
  const auto empty = std::find(seen.begin(), seen.end(), false);
  if (empty == seen.end()) return std::nullopt;
  const auto index = static_cast<std::size_t>(empty - seen.begin());
  const std::string name = index < facts.names.size() ? fmt::format(" ('{}')", facts.names[index]) : "";
  return Error{
      fmt::format("data.set: class {}{} of {} has no record (nothing could be learnt of it), number the classes "
                  "from 0 without gaps",
                  index, name, facts.classes)};
}

std::optional<Error> check_facts(const DataFormat& format, const DataOptions& data, const DataFacts& facts) {
  if (facts.records < 1) return with_key(format, data, Error{"holds no record"});
  if (facts.task == TaskKind::Restoration && facts.target.channels == 0 && data.noise == 0) {
    return Error{
        "data.noise: 0 and no targets (a network would learn to copy its input), set data.noise or "
        "data.targets"};
  }
  if (data.noise > 0 && facts.target.channels > 0) {
    return Error{"data.noise: the data have targets of their own, remove the one or the other"};
  }
  return check_classes(facts);
}

}  // namespace

std::span<const DataFormat> data_formats() { return kRows; }

const DataFormat* find_data_format(std::string_view name) {
  std::string key(name);
  std::replace(key.begin(), key.end(), '-', '_');
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const DataFormat& r) { return r.name == key; });
  return row == kRows.end() ? nullptr : &*row;
}

bool takes_key(const DataFormat& format, std::string_view key) { return contains(format.keys, key); }

std::vector<std::string> data_format_names() {
  std::vector<std::string> names;
  for (const DataFormat& row : kRows) names.emplace_back(row.name);
  return names;
}

Result<DataFacts> inspect_data(const DataOptions& data) {
  const Result<Chosen> chosen = choose(data);
  if (!chosen) return chosen.error();
  Result<DataFacts> facts = chosen->format->inspect(chosen->data);
  if (!facts) return with_key(*chosen->format, chosen->data, facts.error());
  if (auto error = check_facts(*chosen->format, chosen->data, *facts)) return *error;
  return facts;
}

Result<DataSet> open_data(const DataOptions& data) {
  const Result<Chosen> chosen = choose(data);
  if (!chosen) return chosen.error();
  Result<DataSet> set = chosen->format->open(chosen->data);
  if (!set) return with_key(*chosen->format, chosen->data, set.error());
  if (auto error = check_facts(*chosen->format, chosen->data, set->facts)) return *error;
  return set;
}

}  // namespace nas
