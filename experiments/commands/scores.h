// From stored trials to what is compared: feasible scores, their front, their objectives' names.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "experiments/store/study.h"

namespace nas {

/// What is compared: results of fewer epochs are no equals of those that were trained to the end.
struct Contest {
  /// Feasible, of the most epochs that any result has, none of them stopped; in the order of ids.
  std::vector<TrialScore> scores;
  /// Feasible too, but of fewer epochs or stopped; those that another result continues not counted.
  std::size_t left_out = 0;
};

/// Of the finished trials without failure; feasible: they meet every limit.
[[nodiscard]] Contest contest_of(std::vector<TrialScore> all);
/// Throws nas::Exception where the study is damaged.
[[nodiscard]] Contest read_contest(const Database& study);

/// "212 results at fewer epochs left out"; empty for none.
[[nodiscard]] std::string left_out_text(std::size_t left_out);

/// The values so that less is better.
[[nodiscard]] std::vector<double> minimised(const std::vector<StudyObjective>& objectives, std::vector<double> values);

/// Indices into `scores`, which are feasible: the Pareto front, the best in the first objective
/// first, equal ones by id.
[[nodiscard]] std::vector<std::size_t> front_of(const std::vector<StudyObjective>& objectives,
                                                const std::vector<TrialScore>& scores);

/// [{"name", "direction": "minimize" or "maximize"}, ...]
[[nodiscard]] nlohmann::ordered_json objectives_json(const std::vector<StudyObjective>& objectives);

}  // namespace nas
