#include "experiments/predict/answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <utility>

namespace nas {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPlace = "{}";  // of the input's name

std::vector<std::string> map_kinds(const PredictRequest& request) {
  if (request.passes == 0) return {predict_files::kValues};
  if (request.preprocessing.task == TaskKind::Restoration) return {predict_files::kValues, predict_files::kDeviation};
  return {predict_files::kValues, predict_files::kEntropy, predict_files::kMutualInformation};
}

Result<Unit> check_png(const PredictPlan& plan) {
  const PredictRequest& request = plan.request;
  for (const PlannedFile& file : plan.files) {
    const bool flat = file.output.dims == 2;
    const bool mask = request.preprocessing.task == TaskKind::Segmentation && !request.probabilities;
    const bool picture =
        request.preprocessing.bytes_restored && (file.output.channels == 1 || file.output.channels == 3);
    if (flat && (mask || picture)) continue;
    return Error{fmt::format("--out: {} of {} can't be a PNG, name a .npy",
                             request.probabilities ? "probabilities" : "an answer", to_string(file.output))};
  }
  return Unit{};
}

Result<Unit> check_ending(const PredictPlan& plan, const fs::path& out) {
  const TaskKind task = plan.request.preprocessing.task;
  const std::string ending = out.extension().string();
  const auto allowed = gives_maps(task) ? std::pair(".npy", ".png") : std::pair(".csv", ".json");
  if (ending != allowed.first && ending != allowed.second) {
    return Error{fmt::format("--out {}: the answers to {} are {} or {} files", out.string(), task_row(task).name,
                             allowed.first, allowed.second)};
  }
  return ending == ".png" ? check_png(plan) : Unit{};
}

/// "cells" of "slides/cells.png"; with the record's number where the file holds several.
std::string name_of(const PlannedFile& file, std::int64_t record) {
  const std::string stem = file.file.stem().string();
  return file.records == 1 ? stem : fmt::format("{}-{}", stem, record);
}

/// "mask.png", or of another kind "mask.entropy.npy".
fs::path target_of(const fs::path& out, const std::string& name, const std::string& kind) {
  std::string file = out.filename().string();
  if (const std::size_t place = file.find(kPlace); place != std::string::npos) file.replace(place, kPlace.size(), name);
  fs::path path = out.parent_path() / file;
  if (kind != predict_files::kValues) path.replace_extension("." + kind + ".npy");
  return path;
}

}  // namespace

Result<std::vector<AnswerFile>> answer_files(const PredictPlan& plan, const PredictOptions& options,
                                             const fs::path& draft) {
  if (const auto checked = check_ending(plan, options.out); !checked) return checked.error();
  const std::string ending = options.out.extension().string();
  std::vector<AnswerFile> files;
  if (!gives_maps(plan.request.preprocessing.task)) {
    files.push_back({draft / ("answers" + ending), options.out});
    return files;
  }
  std::int64_t records = 0;
  for (const PlannedFile& file : plan.files) records += file.records;
  if (records > 1 && options.out.filename().string().find(kPlace) == std::string::npos) {
    return Error{
        fmt::format("--out {}: one file for {} maps, put {} where the name of each input goes, such as "
                    "masks/{}{}",
                    options.out.string(), records, kPlace, kPlace, ending)};
  }
  std::set<fs::path> taken;
  std::int64_t number = 0;
  for (const PlannedFile& file : plan.files) {
    for (std::int64_t record = 0; record < file.records; ++record, ++number) {
      for (const std::string& kind : map_kinds(plan.request)) {
        const fs::path target = target_of(options.out, name_of(file, record), kind);
        const std::string made = kind == predict_files::kValues ? ending : ".npy";
        files.push_back({draft / fmt::format("{}-{}{}", kind, number, made), target});
        if (taken.insert(target).second) continue;
        return Error{
            fmt::format("{}: two inputs would have their answers there, predict them one by one", target.string())};
      }
    }
  }
  return files;
}

Result<Unit> write_answers(const PredictPlan& plan, const std::vector<AnswerFile>& files,
                           const std::vector<std::string>& exits) {
  if (gives_maps(plan.request.preprocessing.task)) return write_maps(plan, files);
  return write_table(plan, files.front(), exits);
}

}  // namespace nas
