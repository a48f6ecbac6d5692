// What nas-trainer computed, as files for people and programs: CSV or JSON of vectors, PNG or .npy
// of maps.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "experiments/predict/predict_plan.h"
#include "nas/result.h"

namespace nas {

/// One file to be written: where it is made, and where it goes.
struct AnswerFile {
  std::filesystem::path draft;
  std::filesystem::path target;
};

/// The names of all files that `out` means for this plan; `draft` is the folder they are made in.
/// Error: an ending that the task does not have, one name for several maps.
[[nodiscard]] Result<std::vector<AnswerFile>> answer_files(const PredictPlan& plan, const PredictOptions& options,
                                                           const std::filesystem::path& draft);

/// Writes them from the answers in the plan's folder. `exits` are the network's names.
[[nodiscard]] Result<Unit> write_answers(const PredictPlan& plan, const std::vector<AnswerFile>& files,
                                         const std::vector<std::string>& exits);

/// The parts of these: answer_table.cpp and answer_maps.cpp.
[[nodiscard]] Result<Unit> write_table(const PredictPlan& plan, const AnswerFile& file,
                                       const std::vector<std::string>& exits);
[[nodiscard]] Result<Unit> write_maps(const PredictPlan& plan, const std::vector<AnswerFile>& files);

}  // namespace nas
