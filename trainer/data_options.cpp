#include "trainer/data_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "trainer/data/data_format.h"

namespace nas {

namespace {

constexpr double kMaxRecords = 1e12;
constexpr double kMaxClasses = 1e6;
constexpr double kMaxSeed = 9'007'199'254'740'992.0;  // 2^53: exact in JSON and in `double`
constexpr double kMaxMib = 1e7;
constexpr double kMaxThreads = 256;
constexpr double kMaxFolds = 1000;
// Two records: batch normalisation has no variance of one.
constexpr std::int64_t kFewest = 2;
// Where nothing fixes the validation part and nobody says its size.
constexpr std::int64_t kUsualValidation = 5000;
constexpr std::int64_t kUsualShare = 5;

Options place_rows(DataOptions& data) {
  return {
      {.name = "set",
       .target = &data.set,
       .help = fmt::format("the data set, or the format of your own: {}", fmt::join(data_format_names(), ", "))},
      {.name = "task", .target = &data.task, .help = "what networks are trained for", .choices = task_names()},
      {.name = "folder", .target = &data.folder, .help = "where its files are; empty: the set's usual place"},
      {.name = "file", .target = &data.file, .help = "the file of a set that is one"},
      {.name = "validation_file",
       .target = &data.validation_file,
       .help = "a file that holds the validation part; empty: it is taken from the training records"},
      {.name = "test_file",
       .target = &data.test_file,
       .help = "a file that holds the test part: no search opens it, a final training is judged by it once"},
  };
}

Options array_rows(DataOptions& data) {
  return {
      {.name = "inputs", .target = &data.inputs, .help = "arrays: name of the inputs in the .npz file or the folder"},
      {.name = "targets",
       .target = &data.targets,
       .help = "arrays: name of the targets (one), nothing for a restoration of the inputs themselves; table: columns, "
               "by name or number from 1, by default the last"},
      {.name = "validation_inputs",
       .target = &data.validation_inputs,
       .help = "arrays: inputs of a fixed validation part; empty: as `inputs` where there is a validation_file"},
      {.name = "validation_targets", .target = &data.validation_targets, .help = "arrays: their targets"},
      {.name = "test_inputs",
       .target = &data.test_inputs,
       .help = "arrays: inputs of the test part; empty: as `inputs` where there is a test_file"},
      {.name = "test_targets", .target = &data.test_targets, .help = "arrays: their targets"},
      {.name = "axes",
       .target = &data.axes,
       .help =
           "arrays: what the axes of the inputs are: n records, c channels, d h w sizes, l length, f features; auto "
           "by their number: nf, nhw, nhwc, ndhwc"},
      {.name = "classes",
       .target = &data.classes,
       .help = "classes of the targets; auto: one more than the largest that is there",
       .min = 2,
       .max = kMaxClasses,
       .word = "auto",
       .word_value = DataOptions::kAutoClasses},
  };
}

Options table_rows(DataOptions& data) {
  return {
      {.name = "header",
       .target = &data.header,
       .help = "table: whether the first line names the columns; auto: if none of its fields is a number",
       .choices = {"auto", "yes", "no"}},
      {.name = "skip_lines", .target = &data.skip_lines, .help = "table: lines before it", .min = 0, .max = 1e6},
      {.name = "categorical",
       .target = &data.categorical,
       .help = "table: columns of numbers that are names of categories; columns with other texts always are"},
      {.name = "leave_out", .target = &data.leave_out, .help = "table: columns that are no inputs, such as a number"},
  };
}

Options part_rows(DataOptions& data) {
  return {
      {.name = "noise",
       .target = &data.noise,
       .help = "restoration: standard deviation of the Gaussian noise that corrupts inputs, where their range is 1",
       .min = 0,
       .max = 100},
      {.name = "train",
       .target = &data.train,
       .help = "training records; all: what validation leaves",
       .min = 2,
       .max = kMaxRecords,
       .word = "all",
       .word_value = DataOptions::kAllThatRemain},
      {.name = "validation",
       .target = &data.validation,
       .help = "records that a candidate is judged by, never from a test part; auto: all of a fixed validation part, "
               "else a fifth of the records, at most 5000",
       .min = 1,
       .max = kMaxRecords,
       .word = "auto",
       .word_value = DataOptions::kAutoValidation},
      {.name = "folds",
       .target = &data.folds,
       .help = "k-fold cross-validation (Stone 1974): the records of `train` are dealt to so many stratified folds, a "
               "candidate is trained once for each with that fold as its validation part, and val_NAME is the mean "
               "over folds, val_NAME_std their standard deviation; 0: one validation part",
       .min = 0,
       .max = kMaxFolds},
      {.name = "split_seed",
       .target = &data.split_seed,
       .help = "which records are for training and which for validation; run: by the run's seed",
       .min = 1,
       .max = kMaxSeed,
       .word = "run",
       .word_value = DataOptions::kRunSeed},
      {.name = "resident_mib",
       .target = &data.resident_mib,
       .help = "MiB: a part of the data of at most this size lives on the device; a larger one is read during training",
       .min = 0,
       .max = kMaxMib},
      {.name = "reader_threads",
       .target = &data.reader_threads,
       .help = "threads that read ahead what does not live on the device",
       .min = 1,
       .max = kMaxThreads},
  };
}

/// The shape that a network must end in.
Shape output_shape(const DataFacts& facts) {
  switch (facts.task) {
    case TaskKind::Classification:
    case TaskKind::MultiLabel:
      return {.channels = facts.classes};
    case TaskKind::Regression:
      return facts.target;
    case TaskKind::Segmentation: {
      Shape shape = facts.input;
      shape.channels = facts.classes;
      return shape;
    }
    case TaskKind::Restoration:
      return facts.target.channels > 0 ? facts.target : facts.input;
  }
  return {};
}

std::int64_t validation_records(const DataOptions& data, const DataFacts& facts) {
  if (data.validation != DataOptions::kAutoValidation) return data.validation;
  if (facts.fixed_validation > 0) return facts.fixed_validation;
  return std::clamp<std::int64_t>(facts.records / kUsualShare, 1, kUsualValidation);
}

/// The records that the first fold of so many has, which no other has more of.
std::int64_t first_fold(std::int64_t records, std::int64_t folds) { return (records + folds - 1) / folds; }

Result<DataDescription> describe_folds(const DataOptions& data, const DataFacts& facts) {
  if (data.folds == 1) return Error{"data.folds: 1 fold leaves nothing to train on, try 5; 0: one validation part"};
  const char* const other = facts.fixed_validation > 0 ? "the data have a validation part of their own"
                            : data.validation != DataOptions::kAutoValidation ? "data.validation is given too"
                                                                              : nullptr;
  if (other != nullptr) {
    return Error{fmt::format("data.folds: {}, but {} (each fold is the validation part once), leave one of them out",
                             data.folds, other)};
  }
  const bool all = data.train == DataOptions::kAllThatRemain;
  const std::int64_t records = all ? facts.records : data.train;
  if (records > facts.records) {
    return Error{fmt::format("data.train: {} records of {} that there are, ask for fewer", data.train, facts.records)};
  }
  const std::int64_t validation = first_fold(records, data.folds);
  if (records < data.folds || records - validation < kFewest) {
    return Error{
        fmt::format("data.folds: {} folds of {} records leave less than {} to train on, or a fold without one, "
                    "{}",
                    data.folds, records, kFewest,
                    records < 2 * kFewest ? std::string("give it more records")
                                          : fmt::format("try {}", std::clamp<std::int64_t>(records / 2, 2, 5)))};
  }
  return DataDescription{.task = facts.task,
                         .input = facts.input,
                         .classes = facts.classes,
                         .output = output_shape(facts),
                         .train = records - validation,
                         .validation = validation,
                         .available = facts.records,
                         .folds = data.folds};
}

}  // namespace

Options options(DataOptions& data) {
  Options rows = place_rows(data);
  for (Options& more : std::vector{array_rows(data), table_rows(data), part_rows(data)}) {
    rows.insert(rows.end(), more.begin(), more.end());
  }
  return rows;
}

Result<DataOptions> with_test_part(DataOptions data) {
  const DataFormat* format = find_data_format(data.set);
  const bool is_named = !data.test_file.empty() || !data.test_inputs.empty();
  if (format != nullptr && takes_key(*format, "test_file") && !is_named) {
    return Error{fmt::format("data.test_file: not given, so there is no test part of the set '{}'", data.set)};
  }
  data.validation_file = data.test_file;
  data.validation_inputs = data.test_inputs;
  data.validation_targets = data.test_targets;
  data.train = DataOptions::kAllThatRemain;
  data.validation = DataOptions::kAutoValidation;
  data.folds = 0;
  data.judge_by_test = true;
  return data;
}

Result<DataDescription> describe_data(const DataOptions& data) {
  const Result<DataFacts> facts = inspect_data(data);
  if (!facts) return facts.error();
  return describe_parts(data, *facts);
}

Result<DataDescription> describe_test_part(const DataOptions& data) {
  const auto of_test = with_test_part(data);
  if (!of_test) return of_test.error();
  auto described = describe_data(*of_test);
  if (described) return described;
  // The formats know of a validation part only.
  std::string message = described.error().message;
  constexpr std::string_view kKey = "data.validation_";
  for (std::size_t at = message.find(kKey); at != std::string::npos; at = message.find(kKey, at)) {
    message.replace(at, kKey.size(), "data.test_");
  }
  return Error{std::move(message)};
}

DataOptions without_folds(DataOptions data) {
  if (data.folds > 0 && data.train != DataOptions::kAllThatRemain) {
    data.validation = first_fold(data.train, data.folds);
    data.train -= data.validation;
  }
  data.folds = 0;
  return data;
}

Result<DataDescription> describe_parts(const DataOptions& data, const DataFacts& facts) {
  if (data.folds > 0) return describe_folds(data, facts);
  const std::int64_t validation = validation_records(data, facts);
  const std::int64_t for_training = facts.records - facts.fixed_validation;
  if (facts.fixed_validation > 0 && validation > facts.fixed_validation) {
    return Error{fmt::format("data.validation: {} records of a fixed validation part of {}, ask for fewer", validation,
                             facts.fixed_validation)};
  }
  const std::int64_t available = facts.fixed_validation > 0 ? for_training : facts.records - validation;
  const bool all = data.train == DataOptions::kAllThatRemain;
  if (available < (all ? kFewest : data.train)) {
    const std::string train = all ? fmt::format("at least {}", kFewest) : std::to_string(data.train);
    return Error{fmt::format("data.{}: {} validation and {} training records of {} that there are, ask for fewer",
                             all ? "validation" : "train", validation, train, facts.records)};
  }
  return DataDescription{.task = facts.task,
                         .input = facts.input,
                         .classes = facts.classes,
                         .output = output_shape(facts),
                         .train = all ? available : data.train,
                         .validation = validation,
                         .available = facts.records};
}

std::optional<std::string> output_mismatch(const DataDescription& data, const Shape& output) {
  const std::string gives = fmt::format("{} numbers ({})", output.elements(), to_string(output));
  switch (data.task) {
    case TaskKind::Classification:
    case TaskKind::MultiLabel:
      if (output.elements() == data.classes) return std::nullopt;
      return fmt::format(
          "{}, but the data has {} {}, end it in {{linear: {{units: \"${{classes}}\"}}}} with a parameter `classes`",
          gives, data.classes, data.task == TaskKind::MultiLabel ? "labels" : "classes");
    case TaskKind::Regression:
      if (output.elements() == data.output.elements()) return std::nullopt;
      return fmt::format("{}, but the data has {} numbers for each record, end it in {{linear: {{units: {}}}}}", gives,
                         data.output.elements(), data.output.elements());
    case TaskKind::Segmentation:
      if (output == data.output) return std::nullopt;
      return fmt::format("{}, but a score for each of {} classes at each position is {}, keep the input's size", gives,
                         data.classes, to_string(data.output));
    case TaskKind::Restoration:
      if (output == data.output) return std::nullopt;
      return fmt::format("{}, but the targets are {}, end it in their shape", gives, to_string(data.output));
  }
  return std::nullopt;
}

}  // namespace nas
