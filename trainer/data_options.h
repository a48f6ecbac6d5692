// Which data a search trains and validates on: the keys of `data:` in an experiment, and the
// `data` object of a job. Needs no torch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nas/network.h"
#include "nas/option.h"
#include "nas/result.h"
#include "trainer/task.h"

namespace nas {

struct DataOptions {
  std::string set = "fashion_mnist";  // a format, or a set that has one
  std::string task = "classification";
  std::string folder = {};  // empty: the set's usual place
  std::string file = {};
  std::string validation_file = {};
  std::string inputs = {};                // arrays: name
  std::vector<std::string> targets = {};  // arrays: one name; tables: columns
  std::string validation_inputs = {};
  std::string validation_targets = {};
  std::string test_file = {};  // of these three only with_test_part makes use
  std::string test_inputs = {};
  std::string test_targets = {};
  std::string axes = "auto";
  std::int64_t classes = kAutoClasses;
  std::string header = "auto";
  std::int64_t skip_lines = 0;
  std::vector<std::string> categorical = {};  // columns
  std::vector<std::string> leave_out = {};    // columns
  double noise = 0;
  std::int64_t train = kAllThatRemain;
  std::int64_t validation = kAutoValidation;
  std::int64_t folds = 0;              // 0: one validation part
  std::int64_t split_seed = kRunSeed;  // who is in which part; the same for all candidates of a run
  std::int64_t resident_mib = 2048;
  std::int64_t reader_threads = 2;
  bool judge_by_test = false;  // no key of `data:`: with_test_part sets it

  static constexpr std::int64_t kAllThatRemain = 0;
  static constexpr std::int64_t kAutoValidation = 0;
  static constexpr std::int64_t kAutoClasses = 0;
  static constexpr std::int64_t kRunSeed = 0;  // a search writes its own seed here
  bool operator==(const DataOptions&) const = default;
};

/// Rows bound to this object's fields.
[[nodiscard]] Options options(DataOptions& data);

/// The data as a training will use them.
struct DataDescription {
  TaskKind task = TaskKind::Classification;
  Shape input = {};          // channels first
  std::int64_t classes = 0;  // classification, segmentation; labels of multi-label; otherwise 0
  Shape output = {};         // what a network must give; classification, multi-label, regression: numbers in any shape
  std::int64_t train = 0;    // records
  std::int64_t validation = 0;  // records, none of them among the training records
  std::int64_t available = 0;   // records in the files
  std::int64_t folds = 0;       // where there are: `train` and `validation` are those of the first one
  bool operator==(const DataDescription&) const = default;
};

/// Looks at the files and checks what can be checked without reading the inputs: the set is known,
/// files are there and as long as their headers say, inputs and targets agree, there are enough of
/// them. Milliseconds, but for targets that must all be read (maps of classes) and tables. Error:
/// begins with the key at fault (`data.folder: `).
[[nodiscard]] Result<DataDescription> describe_data(const DataOptions& data);

/// The data with their test part in place of the validation part, all else equal: what a final
/// training is judged by once, and no search ever. Error: the options name none and the set has no
/// place of its own for one; whether that part is there and whole, describe_data says.
[[nodiscard]] Result<DataOptions> with_test_part(DataOptions data);

/// What with_test_part gives, as describe_data; `validation` counts the test records. Error: names
/// the test part's keys.
[[nodiscard]] Result<DataDescription> describe_test_part(const DataOptions& data);

/// The data of one training where `data` has folds: the split that `data` has without them; where `train` is a number,
/// one part of a fold's size of its records is for validation.
[[nodiscard]] DataOptions without_folds(DataOptions data);

struct DataFacts;
/// The same, for a set whose facts are known.
[[nodiscard]] Result<DataDescription> describe_parts(const DataOptions& data, const DataFacts& facts);

/// Why an output of this shape can't be trained on these data, and what to end the network in.
[[nodiscard]] std::optional<std::string> output_mismatch(const DataDescription& data, const Shape& output);

}  // namespace nas
