// What is to be computed: which network for which file, whole or in which tiles.
#pragma once

#include <string>
#include <vector>

#include "experiments/predict/model_directory.h"
#include "experiments/predict/predict.h"
#include "trainer/predict_request.h"
#include "trainer/predict_source.h"

namespace nas {

/// One file as it was given.
struct PlannedFile {
  std::filesystem::path file;
  std::int64_t records = 0;
  bool bare = false;  // the file is one record
  Shape output;       // of one record
};

struct PredictPlan {
  PredictRequest request;  // without its folder
  std::vector<PlannedFile> files;
  std::vector<std::string> notes;
};

/// Opens every input and decides how it is computed. Error: options that do not fit the network or
/// the task, an input that the network can't take, tiles that would have seams.
[[nodiscard]] Result<PredictPlan> plan_prediction(const ModelDirectory& model, const PredictOptions& options);

}  // namespace nas
