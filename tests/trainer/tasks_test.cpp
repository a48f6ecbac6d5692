// Losses and metrics of each task. Expected numbers: scikit-learn 1.9.1 and scikit-image 0.26.0 on the
// same values, a formula of their index.
#include <ATen/Functions.h>
#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include <cmath>

#include "trainer/tasks/task_functions.h"

namespace nas {
namespace {

constexpr std::int64_t kRecords = 40;

/// sin(0.7 i + key), as the script that gave the expected numbers has it.
at::Tensor wave(std::vector<std::int64_t> sizes, double key) {
  std::int64_t count = 1;
  for (const std::int64_t size : sizes) count *= size;
  return (at::arange(count, at::kDouble) * 0.7 + key).sin().view(sizes);
}

TrainingData data_of(TaskKind task, std::int64_t classes = 0) {
  TrainingData data;
  data.facts.task = task;
  data.facts.classes = classes;
  data.targets = {at::ones({1}), at::zeros({1})};
  return data;
}

/// Added in two batches of different sizes: the cut must not matter.
Metrics score(const TrainingData& data, const at::Tensor& output, const at::Tensor& targets) {
  const auto scorer = make_scorer(data);
  const std::int64_t first = std::max<std::int64_t>(1, output.size(0) / 3);
  const std::int64_t rest = output.size(0) - first;
  scorer->add(output.narrow(0, 0, first), targets.narrow(0, 0, first));
  if (rest > 0) scorer->add(output.narrow(0, first, rest), targets.narrow(0, first, rest));
  return scorer->metrics();
}

void expect_metrics(const Metrics& found, const Metrics& expected) {
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(found.contains(name)) << name;
    EXPECT_NEAR(found.at(name), value, 1e-6) << name;
  }
}

TEST(Tasks, EveryMetricOfTheTableIsReported) {
  const at::Tensor images = wave({4, 1, 8, 8}, 1);
  const at::Tensor classes = at::arange(4, at::kLong).remainder(2);
  const std::vector<std::tuple<TaskKind, std::int64_t, at::Tensor, at::Tensor>> cases = {
      {TaskKind::Classification, 2, wave({4, 2}, 1), classes},
      {TaskKind::MultiLabel, 2, wave({4, 2}, 1), at::stack({classes, 1 - classes}, 1).to(at::kFloat)},
      {TaskKind::Segmentation, 2, wave({4, 2, 8, 8}, 1), images.gt(0).select(1, 0).to(at::kLong)},
      {TaskKind::Regression, 0, wave({4, 3}, 1), wave({4, 3}, 2)},
      {TaskKind::Restoration, 0, images, wave({4, 1, 8, 8}, 1.5)},
  };
  ASSERT_EQ(cases.size(), tasks().size());
  for (const auto& [task, number, output, targets] : cases) {
    const Metrics found = score(data_of(task, number), output, targets);
    EXPECT_EQ(found.size(), task_row(task).metrics.size()) << task_row(task).name;
    for (const TaskMetric& metric : task_row(task).metrics) EXPECT_TRUE(found.contains(std::string(metric.name)));
    for (const std::string_view loss : task_row(task).losses) {
      TrainingOptions options;
      options.loss = loss;
      const at::Tensor value = make_loss(options, data_of(task, number), LossUse::Training)(
          output.to(at::kFloat),
          task == TaskKind::Regression || task == TaskKind::Restoration ? targets.to(at::kFloat) : targets);
      EXPECT_EQ(value.dim(), 0);
      EXPECT_TRUE(std::isfinite(value.item<double>())) << loss;
    }
  }
}

TEST(Tasks, ClassificationAsScikitLearn) {
  const at::Tensor i = at::arange(kRecords, at::kLong);
  const at::Tensor truths = (i * 5 + i.floor_divide(3)).remainder(7);
  const Metrics found = score(data_of(TaskKind::Classification, 7), wave({kRecords, 7}, 1).to(at::kFloat), truths);
  expect_metrics(found, {{"accuracy", 0.15},
                         {"balanced_accuracy", 0.14285714285714285},
                         {"f1", 0.1284786641929499},
                         {"auc", 0.49404961984793916},
                         {"top5", 0.725},
                         {"ece", 0.14056869128647245}});
}

TEST(Tasks, TwoClassesAsScikitLearn) {
  const at::Tensor truths = at::arange(kRecords, at::kLong).remainder(5).eq(0).to(at::kLong);
  const Metrics found = score(data_of(TaskKind::Classification, 2), wave({kRecords, 2}, 2).to(at::kFloat), truths);
  expect_metrics(found, {{"f1", 0.3076923076923077}, {"auc", 0.4921875}});
}

TEST(Tasks, AClassThatIsNotThereLeavesTheAreaUndefined) {
  const Metrics found = score(data_of(TaskKind::Classification, 2), wave({4, 2}, 1), at::zeros({4}, at::kLong));
  EXPECT_FALSE(found.contains("auc"));
  EXPECT_TRUE(found.contains("f1"));
}

TEST(Tasks, ClassWeightsAreBalancedAndSmoothingIsForTrainingOnly) {
  TrainingData data = data_of(TaskKind::Classification, 2);
  data.train.records.resize(8);
  data.class_records = {6, 2};
  TrainingOptions options;
  options.class_weights = "balanced";
  options.label_smoothing = 0.1;
  const at::Tensor output = wave({3, 2}, 1).to(at::kFloat);
  const at::Tensor truths = at::arange(3, at::kLong).remainder(2);
  const at::Tensor weights = at::empty({2}, at::kFloat);
  weights[0] = 8.0 / (2 * 6);
  weights[1] = 8.0 / (2 * 2);
  const double expected =
      at::cross_entropy_loss(output, truths, weights, at::Reduction::Mean, -100, 0.1).item<double>();
  EXPECT_DOUBLE_EQ(make_loss(options, data, LossUse::Training)(output, truths).item<double>(), expected);
  EXPECT_DOUBLE_EQ(make_loss(options, data, LossUse::Evaluation)(output, truths).item<double>(),
                   at::cross_entropy_loss(output, truths).item<double>());
}

TEST(Tasks, MultiLabelAsScikitLearn) {
  const at::Tensor i = at::arange(kRecords * 3, at::kLong);
  const at::Tensor truths = (i * i).remainder(7).lt(3).to(at::kFloat).view({kRecords, 3});
  const Metrics found = score(data_of(TaskKind::MultiLabel, 3), wave({kRecords, 3}, 3).to(at::kFloat), truths);
  expect_metrics(found, {{"accuracy", 0.49166666666666664},
                         {"exact_match", 0.05},
                         {"f1", 0.5772609819121447},
                         {"auc", 0.5044444444444444}});
}

TEST(Tasks, RegressionIsInTheTargetsUnit) {
  const at::Tensor unit = at::empty({2}, at::kDouble);
  unit[0] = 3;
  unit[1] = 0.5;
  const at::Tensor truth = wave({kRecords, 2}, 4) * unit;
  const at::Tensor found = truth + 0.3 * wave({kRecords, 2}, 5);
  TrainingData data = data_of(TaskKind::Regression);
  data.facts.target = {.channels = 2};
  data.targets = {unit.reciprocal().to(at::kFloat), at::ones({2})};
  const auto normalised = [&](const at::Tensor& values) { return values / unit + 1; };
  expect_metrics(score(data, normalised(found), normalised(truth)),
                 {{"l1", 0.19070339846424755}, {"mse", 0.04464402926345412}, {"r2", 0.81836150341141}});
}

TEST(Tasks, RestorationAsScikitImage) {
  const at::Tensor truth = 0.5 + 0.4 * wave({2, 2, 12, 10}, 6);
  const at::Tensor found = truth + 0.1 * wave({2, 2, 12, 10}, 7);
  TrainingData data = data_of(TaskKind::Restoration);
  // Stored 0 to 255, normalised by a mean of 100 and a deviation of 50.
  data.targets = {at::full({1, 1, 1}, 1.0 / 50, at::kDouble), at::full({1, 1, 1}, -2.0, at::kDouble)};
  data.target_range = 255;
  const auto normalised = [](const at::Tensor& values) { return (values * 255 - 100) / 50; };
  expect_metrics(score(data, normalised(found), normalised(truth)),
                 {{"ssim", (0.9733010970482141 + 0.9732339427621031) / 2},
                  {"psnr", (22.99319529155415 + 23.023946443972815) / 2},
                  {"mse", (found - truth).square().mean().item<double>()},
                  {"l1", (found - truth).abs().mean().item<double>()}});
}

TEST(Tasks, SimilarityOfSignals) {
  const at::Tensor truth = 0.5 + 0.4 * wave({1, 1, 30}, 6);
  const at::Tensor found = truth + 0.1 * wave({1, 1, 30}, 7);
  expect_metrics(score(data_of(TaskKind::Restoration), found, truth), {{"ssim", 0.9702636553698417}});
}

TEST(Tasks, SegmentationJudgesOnlyWhatIsToBeJudged) {
  // Two classes, one row of four positions: truth 0 1 1 void; found 0 1 0 1.
  at::Tensor truth = at::zeros({1, 1, 4}, at::kLong);
  truth[0][0][1] = 1;
  truth[0][0][2] = 1;
  truth[0][0][3] = kIgnoredClass;
  at::Tensor output = at::zeros({1, 2, 1, 4}, at::kFloat);
  for (const std::int64_t at : {1, 3}) output[0][1][0][at] = 5;
  for (const std::int64_t at : {0, 2}) output[0][0][0][at] = 5;
  const TrainingData data = data_of(TaskKind::Segmentation, 2);
  expect_metrics(score(data, output, truth), {{"accuracy", 2.0 / 3}, {"miou", 0.5}, {"dice", (2.0 / 3 + 2.0 / 3) / 2}});
  TrainingOptions options;
  options.loss = "cross_entropy";
  const double right = std::log1p(std::exp(-5.0));
  EXPECT_NEAR(make_loss(options, data, LossUse::Training)(output, truth).item<double>(), (3 * right + 5) / 3, 1e-5);
  options.loss = "dice";
  // By hand: class 0 has p = s, 1 - s, s; class 1 the rest, with s = 1 / (1 + exp(-5)).
  const double s = 1 / (1 + std::exp(-5.0));
  const double zero = (2 * s + 1) / (s + (1 - s) + s + 1 + 1);
  const double one = (2 * (s + (1 - s)) + 1) / ((1 - s) + s + (1 - s) + 2 + 1);
  EXPECT_NEAR(make_loss(options, data, LossUse::Training)(output, truth).item<double>(), 1 - (zero + one) / 2, 1e-5);
  EXPECT_EQ(
      make_loss(options, data, LossUse::Training)(output, at::full_like(truth, kIgnoredClass)).isfinite().item<bool>(),
      true);
}

TEST(Tasks, AMixedBatchHasBothLosses) {
  const TrainingData data = data_of(TaskKind::Classification, 3);
  const LossFunction loss = make_loss({}, data, LossUse::Training);
  const at::Tensor output = wave({4, 3}, 1).to(at::kFloat);
  const at::Tensor targets = at::arange(4, at::kLong).remainder(3);
  const at::Tensor others = targets.flip(0);
  const Batch batch{output, targets, others, 0.25};
  EXPECT_NEAR(batch_loss(loss, output, batch).item<double>(),
              0.25 * loss(output, targets).item<double>() + 0.75 * loss(output, others).item<double>(), 1e-6);
}

}  // namespace
}  // namespace nas
