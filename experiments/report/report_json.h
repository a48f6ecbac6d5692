// The data of a report's page, for its scripts. The form is a private matter of this folder: page/*.js reads it.
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "experiments/report/drawings.h"
#include "experiments/report/gene_importance.h"
#include "experiments/report/progress_curves.h"
#include "experiments/report/report_data.h"

namespace nas {

struct ReportContent {
  std::vector<ReportRun> runs;          // the first one is reported, the others are laid over it
  std::vector<ProgressCurve> progress;  // of each run
  std::vector<ObjectiveImportance> importance;
  std::map<CandidateId, ArchitectureDrawing> drawings;
  std::string why_no_drawings;  // empty where there are some
};

/// Numbers with six digits; those that are not finite are null.
[[nodiscard]] nlohmann::ordered_json report_json(const ReportContent& content);

/// JSON as text that may stand inside a <script> element, whatever its strings hold.
[[nodiscard]] std::string script_safe(const nlohmann::ordered_json& json);

}  // namespace nas
