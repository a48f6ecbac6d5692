// What training does to a data set, written down for whoever runs the trained network.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "trainer/data_options.h"
#include "trainer/preprocessing.h"
#include "trainer/training_data.h"

namespace nas {

[[nodiscard]] Preprocessing preprocessing_of(const TrainingData& data, const DataOptions& options);

/// Writes preprocessing.json as a whole, unless a file of this name is there. Nothing happens where it can't be
/// written: no training fails for it.
void keep_preprocessing(const TrainingData& data, const DataOptions& options, const std::filesystem::path& file);

/// What `nas-trainer --preprocessing` does: reads {"data": options} to the end of `input`, measures the
/// training part as a training does, writes preprocessing.json's text. Returns the exit code: 0, or 1
/// with one line in `errors`.
[[nodiscard]] int run_preprocessing_job(std::istream& input, std::ostream& out, std::ostream& errors);

}  // namespace nas
