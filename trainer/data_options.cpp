#include "trainer/data_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "trainer/image_set.h"

namespace nas {

namespace {

constexpr double kMaxImages = 1e9;
constexpr double kMaxSeed = 9'007'199'254'740'992.0;  // 2^53: exact in JSON and in `double`

Result<DataDescription> describe_parts(const DataOptions& data, const ImageSetFacts& facts) {
  const auto available = static_cast<std::int64_t>(facts.labels.size());
  // Two images: batch normalisation has no variance of one.
  constexpr std::int64_t kFewest = 2;
  const bool all = data.train == DataOptions::kAllThatRemain;
  if (data.validation > available - (all ? kFewest : data.train)) {
    const std::string train = all ? fmt::format("at least {}", kFewest) : std::to_string(data.train);
    return Error{fmt::format("data.{}: {} validation and {} training images of {} that there are, ask for fewer",
                             all ? "validation" : "train", data.validation, train, available)};
  }
  return DataDescription{.input = facts.image,
                         .classes = facts.classes,
                         .train = all ? available - data.validation : data.train,
                         .validation = data.validation,
                         .available = available};
}

}  // namespace

Options options(DataOptions& data) {
  return {
      {.name = "set", .target = &data.set, .help = fmt::format("the data set: {}", fmt::join(image_set_names(), ", "))},
      {.name = "folder", .target = &data.folder, .help = "where its files are; empty: the set's usual place"},
      {.name = "train",
       .target = &data.train,
       .help = "training images; all: what validation leaves",
       .min = 2,
       .max = kMaxImages,
       .word = "all",
       .word_value = DataOptions::kAllThatRemain},
      {.name = "validation",
       .target = &data.validation,
       .help = "images that a candidate is judged by, taken from the training set; the test set is never opened",
       .min = 1,
       .max = kMaxImages},
      {.name = "split_seed",
       .target = &data.split_seed,
       .help = "which images are for training and which for validation; run: by the run's seed",
       .min = 1,
       .max = kMaxSeed,
       .word = "run",
       .word_value = DataOptions::kRunSeed},
  };
}

Result<DataDescription> describe_data(const DataOptions& data) {
  const ImageSetRow* row = find_image_set(data.set);
  if (row == nullptr) {
    return Error{fmt::format("data.set: unknown data set '{}'{}", data.set, suggest(data.set, image_set_names()))};
  }
  if (data.folder.empty() && row->folder.empty()) {
    return Error{fmt::format("data.folder: not given (the set '{}' has no usual place), {}", row->name, row->remedy)};
  }
  const Result<ImageSetFacts> facts = row->inspect(data.folder.empty() ? std::string(row->folder) : data.folder);
  if (!facts) return Error{fmt::format("data.folder: {}; {}", facts.error().message, row->remedy)};
  return describe_parts(data, *facts);
}

}  // namespace nas
