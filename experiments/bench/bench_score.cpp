#include "experiments/bench/bench_score.h"

#include <algorithm>

#include "nas/hypervolume.h"
#include "nas/pareto.h"

namespace nas {

void BenchScore::see(const BenchRow& row, std::int32_t epochs) {
  const BenchResult& result = row.after(epochs);
  if (result.violation > 0 || epochs < epochs_) return;
  if (epochs > epochs_) front_.clear();
  epochs_ = epochs;
  const auto objectives_of = [&](const BenchRow* seen) -> const auto& { return seen->after(epochs).objectives; };
  const auto no_better = [&](const BenchRow* seen) {
    return objectives_of(seen) == result.objectives || dominates(objectives_of(seen), result.objectives);
  };
  if (std::ranges::any_of(front_, no_better)) return;
  std::erase_if(front_, [&](const BenchRow* seen) { return dominates(result.objectives, objectives_of(seen)); });
  front_.push_back(&row);
  known_.reset();
}

std::optional<double> BenchScore::value() {
  if (front_.empty()) return std::nullopt;
  if (known_) return known_;
  if (benchmark_.reports_front()) {
    known_ = share();
  } else {
    const double value = front_.front()->report.front();
    known_ = benchmark_.report().front().direction == Direction::Maximise ? -value : value;
  }
  return known_;
}

double BenchScore::share() const {
  const TrueFront& truth = benchmark_.true_front();
  std::vector<std::vector<double>> points;
  for (const BenchRow* row : front_) points.push_back(truth.scaled(row->report));
  const std::vector<double> reference(truth.ideal.size(), TrueFront::kReference);
  return hypervolume(points, reference) / truth.hypervolume;
}

}  // namespace nas
