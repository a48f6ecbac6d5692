// nas data describe: what a search trains on.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "experiments/commands/output.h"
#include "nas/result.h"
#include "trainer/data_options.h"

namespace nas {

struct DescribeOptions {
  Output output = Output::Text;
  std::filesystem::path picture;  // a PNG file; empty: none
  std::int64_t samples = 8;       // records of a row of the picture
};

/// Prints sizes, classes and their balance in both parts, and writes the picture. `data` has a
/// split seed. Error: the data can't be used, or the picture can't be written.
[[nodiscard]] Result<Unit> describe_data_set(const DataOptions& data, const DescribeOptions& options,
                                             std::ostream& out);

}  // namespace nas
