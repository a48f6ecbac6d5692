// From stored trials to what is compared: feasible scores, their front, their objectives' names.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "experiments/store/study.h"

namespace nas {

/// Finished trials without failure that meet every limit, in the order of ids. Throws
/// nas::Exception where the study is damaged.
[[nodiscard]] std::vector<TrialScore> feasible_scores(const Database& study);

/// The values so that less is better.
[[nodiscard]] std::vector<double> minimised(const std::vector<StudyObjective>& objectives, std::vector<double> values);

/// Indices into `scores`, which are feasible: the Pareto front, the best in the first objective
/// first, equal ones by id.
[[nodiscard]] std::vector<std::size_t> front_of(const std::vector<StudyObjective>& objectives,
                                                const std::vector<TrialScore>& scores);

/// [{"name", "direction": "minimize" or "maximize"}, ...]
[[nodiscard]] nlohmann::ordered_json objectives_json(const std::vector<StudyObjective>& objectives);

}  // namespace nas
