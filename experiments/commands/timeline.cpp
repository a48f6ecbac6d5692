#include "experiments/commands/timeline.h"

#include <algorithm>
#include <map>
#include <utility>

#include "experiments/commands/status.h"
#include "experiments/store/run_directory.h"
#include "nas/durable_file.h"

namespace nas {
namespace {

std::string outcome_of(const Evaluation& evaluation) {
  if (evaluation.failure) return std::string(to_string(evaluation.failure->type));
  return evaluation.stopped ? "stopped" : "ok";
}

/// A lost worker's evaluation may have no time of its own.
double begin_of(const StoredTrial& trial) {
  const Evaluation& evaluation = trial.finished->evaluation;
  return evaluation.started_at > 0 ? evaluation.started_at : trial.asked_at;
}

}  // namespace

Timeline timeline_of(std::string title, const std::vector<StoredTrial>& trials, const std::vector<StudyStart>& starts,
                     std::vector<WorkerUse> uses) {
  Timeline timeline;
  timeline.title = std::move(title);
  std::map<std::string, std::size_t> rows;
  for (WorkerUse& use : uses) {
    rows[use.worker] = timeline.rows.size();
    timeline.rows.push_back({std::move(use), {}});
  }
  if (starts.empty()) return timeline;
  timeline.seconds = search_seconds(starts, starts.back().last_at);
  for (std::size_t i = 1; i < starts.size(); ++i) {
    timeline.resumed.push_back(search_seconds(starts, starts[i].started_at));
  }
  double busy = 0;
  for (const StoredTrial& trial : trials) {
    if (!trial.finished) continue;
    const Evaluation& evaluation = trial.finished->evaluation;
    const auto row = rows.find(evaluation.worker);
    if (row == rows.end()) continue;
    const double begin = search_seconds(starts, begin_of(trial));
    const double end = std::max(begin, search_seconds(starts, begin_of(trial) + evaluation.seconds));
    timeline.rows[row->second].bars.push_back({evaluation.id, begin, end, outcome_of(evaluation)});
    busy += evaluation.seconds;
  }
  for (TimelineRow& row : timeline.rows) std::ranges::sort(row.bars, {}, &TimelineBar::begin);
  double there = 0;
  for (const StudyStart& start : starts) {
    there += std::max(start.last_at - start.started_at, 0.0) * static_cast<double>(start.workers);
  }
  if (there > 0) timeline.utilisation = std::clamp(busy / there, 0.0, 1.0);
  return timeline;
}

Result<Timeline> read_timeline(const std::filesystem::path& run_directory) {
  Result<Database> study = open_study(run_directory);
  if (!study) return study.error();
  return result_of([&]() -> Result<Timeline> {
    const Transaction snapshot(*study, Transaction::Kind::Read);
    const RunState state = read_run_state(*study, run_directory);
    const std::vector<StudyStart> starts = starts_until_now(*study, state);
    const LastStart last = state == RunState::Running ? LastStart::Running : LastStart::Ended;
    return timeline_of(read_description(*study).name, read_trials(*study), starts,
                       read_worker_use(*study, starts, last));
  });
}

Result<Unit> write_timeline(const std::filesystem::path& run_directory, const std::filesystem::path& file,
                            std::ostream& out) {
  const Result<Timeline> timeline = read_timeline(run_directory);
  if (!timeline) return timeline.error();
  const Result<Unit> written = write_durably(file, to_svg(*timeline));
  if (!written) return written.error();
  out << file.string() << '\n';
  return Unit{};
}

}  // namespace nas
