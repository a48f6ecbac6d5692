#include "trainer/task.h"

#include <algorithm>
#include <array>

#include "nas/check.h"

namespace nas {

namespace {

using Names = std::string_view;

constexpr std::array<Names, 1> kClassLosses = {"cross_entropy"};
constexpr std::array<Names, 1> kLabelLosses = {"binary_cross_entropy"};
constexpr std::array<Names, 3> kMapLosses = {"cross_entropy_dice", "cross_entropy", "dice"};
constexpr std::array<Names, 2> kNumberLosses = {"mse", "l1"};
constexpr std::array<Names, 2> kImageLosses = {"l1", "mse"};

constexpr std::array kClassMetrics = {
    TaskMetric{"accuracy", "share of the records classified right, 0 to 1"},
    TaskMetric{"top5", "share of the records whose class is among the five with the highest scores, 0 to 1"},
    TaskMetric{"balanced_accuracy", "mean over the classes of the share that is found, 0 to 1"},
    TaskMetric{"f1",
               "harmonic mean of precision and recall, 0 to 1: of the class 1 where there are two classes, else the "
               "mean over the classes"},
    TaskMetric{"auc",
               "area under the ROC curve, 0 to 1: of the class 1 where there are two classes, else the mean over the "
               "classes of each against the rest"},
    TaskMetric{"ece", "expected calibration error in 15 equal bins of confidence, 0 to 1 (Guo et al. 2017, eq. 3)"},
};
constexpr std::array kLabelMetrics = {
    TaskMetric{"accuracy", "share of the labels that are right at a probability of 0.5, 0 to 1"},
    TaskMetric{"exact_match", "share of the records with all labels right, 0 to 1"},
    TaskMetric{"f1", "mean over the labels of the harmonic mean of precision and recall, 0 to 1"},
    TaskMetric{"auc", "mean over the labels of the area under the ROC curve, 0 to 1"},
};
constexpr std::array kMapMetrics = {
    TaskMetric{"accuracy", "share of the positions classified right, 0 to 1"},
    TaskMetric{"miou", "mean over the classes of intersection over union, counted over all records, 0 to 1"},
    TaskMetric{"dice", "mean over the classes of 2 intersection / (predicted + true), over all records, 0 to 1"},
};
constexpr std::array kNumberMetrics = {
    TaskMetric{"l1", "mean absolute error, in the unit of the target"},
    TaskMetric{"mse", "mean squared error, in the unit of the target squared"},
    TaskMetric{"r2", "1 - squared error / variance of the validation part, mean over the targets; at most 1"},
};
constexpr std::array kImageMetrics = {
    TaskMetric{"l1", "mean absolute error, where the range of values is 1"},
    TaskMetric{"mse", "mean squared error, where the range of values is 1"},
    TaskMetric{"psnr", "mean over the records of -10 log10(mean squared error), decibels"},
    TaskMetric{"ssim", "mean structural similarity, 7x7 windows, at most 1 (Wang et al. 2004)"},
    TaskMetric{"r2", "1 - squared error / variance of the validation part, over all values; at most 1"},
};

constexpr std::array kRows = {
    TaskRow{TaskKind::Classification, "classification", "one class for each record", kClassLosses, kClassMetrics},
    TaskRow{TaskKind::MultiLabel, "multi_label", "any number of labels for each record", kLabelLosses, kLabelMetrics},
    TaskRow{TaskKind::Segmentation, "segmentation", "a class for each position", kMapLosses, kMapMetrics},
    TaskRow{TaskKind::Regression, "regression", "numbers for each record", kNumberLosses, kNumberMetrics},
    TaskRow{TaskKind::Restoration, "restoration", "a clean signal from a corrupted one", kImageLosses, kImageMetrics},
};

}  // namespace

std::span<const TaskRow> tasks() { return kRows; }

const TaskRow& task_row(TaskKind kind) {
  const TaskRow& row = kRows.at(static_cast<std::size_t>(kind));
  NAS_CHECK(row.kind == kind, "rows are in the order of TaskKind");
  return row;
}

const TaskRow* find_task(std::string_view name) {
  const auto row = std::find_if(kRows.begin(), kRows.end(), [&](const TaskRow& r) { return r.name == name; });
  return row == kRows.end() ? nullptr : &*row;
}

std::vector<std::string> task_names() {
  std::vector<std::string> names;
  for (const TaskRow& row : kRows) names.emplace_back(row.name);
  return names;
}

std::vector<std::string> loss_names() {
  std::vector<std::string> names;
  for (const TaskRow& row : kRows) {
    for (const std::string_view loss : row.losses) {
      if (std::find(names.begin(), names.end(), loss) == names.end()) names.emplace_back(loss);
    }
  }
  return names;
}

}  // namespace nas
