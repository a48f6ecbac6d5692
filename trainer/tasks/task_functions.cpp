#include "trainer/tasks/task_functions.h"

#include <ATen/TensorOperators.h>

#include <array>

#include "nas/check.h"

namespace nas {

namespace {

struct TaskFunctions {
  TaskKind kind;
  LossFunction (*make_loss)(const TrainingOptions& options, const TrainingData& data, LossUse use,
                            const DataParallel* parallel);
  std::unique_ptr<Scorer> (*make_scorer)(const TrainingData& data);
};

/// In the order of TaskKind; what they are is said in trainer/task.cpp.
constexpr std::array kRows = {
    TaskFunctions{TaskKind::Classification, classification_loss, classification_scorer},
    TaskFunctions{TaskKind::MultiLabel, multi_label_loss, multi_label_scorer},
    TaskFunctions{TaskKind::Segmentation, segmentation_loss, segmentation_scorer},
    TaskFunctions{TaskKind::Regression, regression_loss, regression_scorer},
    TaskFunctions{TaskKind::Restoration, regression_loss, restoration_scorer},
};

const TaskFunctions& functions(TaskKind kind) {
  const TaskFunctions& row = kRows.at(static_cast<std::size_t>(kind));
  NAS_CHECK(row.kind == kind, "rows are in the order of TaskKind");
  return row;
}

}  // namespace

LossFunction make_loss(const TrainingOptions& options, const TrainingData& data, LossUse use,
                       const DataParallel* parallel) {
  TrainingOptions chosen = options;
  if (chosen.loss == "auto") chosen.loss = task_row(data.facts.task).losses.front();
  return functions(data.facts.task).make_loss(chosen, data, use, parallel);
}

std::unique_ptr<Scorer> make_scorer(const TrainingData& data) { return functions(data.facts.task).make_scorer(data); }

at::Tensor batch_loss(const LossFunction& loss, const at::Tensor& output, const Batch& batch) {
  const at::Tensor own = loss(output, batch.targets);
  if (!batch.other_targets.defined()) return own;
  return own * batch.share + loss(output, batch.other_targets) * (1 - batch.share);
}

}  // namespace nas
