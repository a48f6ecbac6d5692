#include "experiments/report/progress_curves.h"

#include <algorithm>
#include <unordered_map>

#include "nas/hypervolume.h"
#include "nas/pareto.h"

namespace nas {
namespace {

using Point = std::vector<double>;  // minimised

/// The points that none of the others dominates.
class GrowingFront {
 public:
  void add(const Point& point) {
    const auto as_good = [&](const Point& other) { return other == point || dominates(other, point); };
    if (std::ranges::any_of(points_, as_good)) return;
    std::erase_if(points_, [&](const Point& other) { return dominates(point, other); });
    points_.push_back(point);
    changed_ = true;
  }

  double hypervolume_in(const ProgressBox& box) {
    if (changed_) share_ = normalised_hypervolume(points_, box.ideal, box.reference);
    changed_ = false;
    return share_;
  }

 private:
  std::vector<Point> points_;
  double share_ = 0;
  bool changed_ = false;
};

std::vector<const StoredTrial*> in_order_told(const ReportRun& run) {
  std::vector<const StoredTrial*> told;
  for (const StoredTrial& trial : run.trials) {
    if (trial.finished) told.push_back(&trial);
  }
  std::ranges::sort(told, {}, [](const StoredTrial* trial) { return trial->finished->told_index; });
  return told;
}

void keep_best(Point& best, const Point& point) {
  if (best.empty()) best = point;
  for (std::size_t i = 0; i < best.size(); ++i) best[i] = std::min(best[i], point[i]);
}

std::size_t points_at_most(std::size_t most, std::size_t objectives) {
  if (objectives <= 2) return most;
  return objectives == 3 ? std::min<std::size_t>(most, 60) : std::min<std::size_t>(most, 20);
}

}  // namespace

ProgressBox common_box(std::span<const ReportRun> runs) {
  std::vector<Point> points;
  for (const ReportRun& run : runs) {
    for (const TrialScore& score : run.contest.scores) points.push_back(minimised(run.study.objectives, score.values));
  }
  return {ideal_point(points), reference_point(points)};
}

ProgressCurve progress_curve(const ReportRun& run, const ProgressBox& box, std::size_t most) {
  std::unordered_map<CandidateId, Point> competing;
  for (const TrialScore& score : run.contest.scores) {
    competing[score.id] = minimised(run.study.objectives, score.values);
  }
  const std::vector<const StoredTrial*> told = in_order_told(run);
  const std::size_t wanted = std::max<std::size_t>(points_at_most(most, run.study.objectives.size()), 1);
  const std::size_t step = std::max<std::size_t>(1, (told.size() + wanted - 1) / wanted);
  ProgressCurve curve{run.label, {}};
  GrowingFront front;
  Point best;
  double seconds = 0;
  for (std::size_t i = 0; i < told.size(); ++i) {
    const Evaluation& evaluation = told[i]->finished->evaluation;
    seconds = std::max(seconds, search_seconds(run.starts, evaluation.started_at + evaluation.seconds));
    if (const auto point = competing.find(evaluation.id); point != competing.end()) {
      front.add(point->second);
      keep_best(best, point->second);
    }
    if ((i + 1) % step != 0 && i + 1 != told.size()) continue;
    curve.points.push_back({i + 1, seconds, best.empty() ? 0 : front.hypervolume_in(box),
                            best.empty() ? Point{} : minimised(run.study.objectives, best)});
  }
  return curve;
}

}  // namespace nas
