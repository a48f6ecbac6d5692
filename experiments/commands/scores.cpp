#include "experiments/commands/scores.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "nas/pareto.h"

namespace nas {

Contest contest_of(std::vector<TrialScore> all) {
  std::int32_t most = 0;
  std::unordered_set<CandidateId> continued;
  for (const TrialScore& score : all) {
    if (!score.stopped) most = std::max(most, score.epochs);
    if (score.continues) continued.insert(*score.continues);
  }
  Contest contest;
  for (TrialScore& score : all) {
    if (!score.feasible) continue;
    if (!score.stopped && score.epochs == most) {
      contest.scores.push_back(std::move(score));
    } else if (!continued.contains(score.id)) {
      ++contest.left_out;
    }
  }
  return contest;
}

Contest read_contest(const Database& study) { return contest_of(read_scores(study)); }

std::string left_out_text(std::size_t left_out) {
  if (left_out == 0) return {};
  return fmt::format("{} result{} at fewer epochs left out", left_out, left_out == 1 ? "" : "s");
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
