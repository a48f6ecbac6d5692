#include "experiments/bench/table_training.h"

#include "nas/check.h"

namespace nas {

TableTraining train_by_row(const Benchmark& benchmark, const Candidate& candidate, std::int32_t from) {
  const BenchRow* row = benchmark.find(candidate.genotype);
  TableTraining training{{.candidate = candidate, .failed = row == nullptr, .objectives = {}}, 0};
  Outcome& outcome = training.outcome;
  if (benchmark.epochs() > 0) {
    NAS_CHECK(candidate.budget > from && candidate.budget <= benchmark.epochs(), "a training that the table has");
    training.epochs = row == nullptr ? from + 1 : candidate.budget;
  }
  if (row == nullptr) return training;
  for (std::int32_t epoch = 1; epoch <= training.epochs; ++epoch) {
    const double value = row->after(epoch).objectives.front();
    outcome.curve.push_back(value);
    if (epoch == training.epochs || epoch <= from || !is_above_bound(candidate.stop_above, epoch, value)) continue;
    outcome.stopped = true;
    training.epochs = epoch;
  }
  const BenchResult& result = row->after(training.epochs);
  outcome.objectives = result.objectives;
  outcome.violation = result.violation;
  return training;
}

}  // namespace nas
