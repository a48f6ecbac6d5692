// preprocessing.json: what training did to its data, so that new data can be treated alike.
#pragma once

#include <filesystem>

#include "nas/result.h"
#include "trainer/data_options.h"

namespace nas {

/// nas-trainer measures the training part. `work` is for files that come and go. Error: there is no
/// trainer, the data can't be read, or the file can't be written.
[[nodiscard]] Result<Unit> write_preprocessing(const DataOptions& data, const std::filesystem::path& file,
                                               const std::filesystem::path& work);

}  // namespace nas
