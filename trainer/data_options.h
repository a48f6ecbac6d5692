// Which images a search trains and validates on: the keys of `data:` in an experiment, and the
// `data` object of a job. Needs no torch.
#pragma once

#include <cstdint>
#include <string>

#include "nas/network.h"
#include "nas/option.h"
#include "nas/result.h"

namespace nas {

struct DataOptions {
  std::string set = "fashion_mnist";
  std::string folder = {};  // empty: the set's usual place
  std::int64_t train = kAllThatRemain;
  std::int64_t validation = 5000;
  std::int64_t split_seed = kRunSeed;  // who is in which part; the same for all candidates of a run

  static constexpr std::int64_t kAllThatRemain = 0;
  static constexpr std::int64_t kRunSeed = 0;  // a search writes its own seed here
  bool operator==(const DataOptions&) const = default;
};

/// Rows bound to this object's fields.
[[nodiscard]] Options options(DataOptions& data);

/// The images as a training will use them.
struct DataDescription {
  Shape input;  // channels, height, width
  std::int64_t classes = 0;
  std::int64_t train = 0;       // images
  std::int64_t validation = 0;  // images, none of them among the training images
  std::int64_t available = 0;   // images in the files
  bool operator==(const DataDescription&) const = default;
};

/// Looks at the files and checks what can be checked without inflating the pixels, in
/// milliseconds: the set is known, files are there and as long as their headers say, images and
/// labels agree, there are enough of them. Error: begins with the key at fault (`data.folder: `).
[[nodiscard]] Result<DataDescription> describe_data(const DataOptions& data);

}  // namespace nas
