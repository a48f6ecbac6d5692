// How much each gene of a run mattered for each of its objectives.
#pragma once

#include <cstddef>
#include <vector>

#include "experiments/report/importance.h"
#include "experiments/report/report_data.h"

namespace nas {

struct ObjectiveImportance {
  std::size_t objective = 0;
  Importance importance;  // features are the genes, in their order
};

/// Of each objective; none where there are fewer than kFewestResults results that compete, or where they are all equal.
/// A gene that is inactive in some has "inactive" as a further option, as probable as it was met; options are weighted
/// as the space samples them.
[[nodiscard]] std::vector<ObjectiveImportance> gene_importance(const ReportRun& run);

inline constexpr std::size_t kFewestResults = 20;

}  // namespace nas
