#include "experiments/commands/scores.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>

#include "nas/pareto.h"

namespace nas {

std::vector<TrialScore> feasible_scores(const Database& study) {
  std::vector<TrialScore> scores = read_scores(study);
  std::erase_if(scores, [](const TrialScore& score) { return !score.feasible; });
  return scores;
}

std::vector<double> minimised(const std::vector<StudyObjective>& objectives, std::vector<double> values) {
  NAS_CHECK(values.size() == objectives.size(), "a score of another study");
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (objectives[i].direction == Direction::Maximise) values[i] = -values[i];
  }
  return values;
}

std::vector<std::size_t> front_of(const std::vector<StudyObjective>& objectives,
                                  const std::vector<TrialScore>& scores) {
  std::vector<ParetoPoint> points;
  points.reserve(scores.size());
  for (const TrialScore& score : scores) points.push_back({minimised(objectives, score.values), 0});
  std::vector<std::size_t> front = pareto_front(points);
  std::ranges::sort(front, {}, [&](std::size_t i) { return std::tuple(points[i].objectives.front(), scores[i].id); });
  return front;
}

nlohmann::ordered_json objectives_json(const std::vector<StudyObjective>& objectives) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const StudyObjective& objective : objectives) {
    json.push_back({{"name", objective.name},
                    {"direction", objective.direction == Direction::Maximise ? "maximize" : "minimize"}});
  }
  return json;
}

}  // namespace nas
