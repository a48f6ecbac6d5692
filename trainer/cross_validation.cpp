#include "trainer/cross_validation.h"

#include <fmt/format.h>

#include <vector>

#include "nas/check.h"
#include "trainer/fold_metrics.h"

namespace nas {
namespace {

/// The training of one fold.
TrainingJob job_of_fold(const TrainingJob& job, std::size_t fold) {
  TrainingJob own = job;
  own.stop_rule.reset();
  const std::string folder = fmt::format("fold-{}", fold + 1);
  if (!job.checkpoints.folder.empty()) own.checkpoints.folder = job.checkpoints.folder / folder;
  if (!job.checkpoints.continue_from.empty()) own.checkpoints.continue_from = job.checkpoints.continue_from / folder;
  own.checkpoints.fingerprint = job.checkpoints.fingerprint + "-" + folder;
  own.checkpoints.keep_end = true;
  return own;
}

}  // namespace

TrainingOutcome cross_validate(const TrainingJob& job, std::span<const TrainingData> folds, c10::Device device,
                               const TrainingEvents& events) {
  NAS_CHECK(folds.size() > 1 && job.parallel.place.size == 1, "a cross-validation has folds and one process");
  std::vector<std::vector<CurvePoint>> curves(folds.size());
  std::vector<Metrics> results;
  for (std::size_t fold = 0; fold < folds.size(); ++fold) {
    const std::string which = fmt::format("fold {} of {}", fold + 1, folds.size());
    TrainingEvents own = events;
    own.on_epoch = [&, fold](std::int32_t epoch, const Metrics& metrics) {
      if (epoch > 0) curves[fold].push_back({epoch, metrics});
      if (epoch == 0 && fold == 0) events.on_epoch(0, {});
    };
    own.on_note = [&](const std::string& note) { events.on_note(which + ": " + note); };
    TrainingOutcome outcome = train(job_of_fold(job, fold), folds[fold], device, own);
    if (auto* const failure = std::get_if<Failure>(&outcome)) failure->message = which + ": " + failure->message;
    const auto* const result = std::get_if<TrainingResult>(&outcome);
    if (result == nullptr) return outcome;
    results.push_back(result->metrics);
  }
  for (const CurvePoint& point : mean_curve(curves)) events.on_epoch(point.epoch, point.metrics);
  return TrainingResult{combine_folds(results), false};
}

}  // namespace nas
