#include "trainer/pass_average.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/equal.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nas {
namespace {

/// (1, n) float64.
at::Tensor row(const std::vector<double>& values) {
  at::Tensor tensor = at::empty({1, static_cast<std::int64_t>(values.size())}, at::kDouble);
  std::copy(values.begin(), values.end(), tensor.mutable_data_ptr<double>());
  return tensor;
}

double entropy(const std::vector<double>& p) {
  double sum = 0;
  for (const double one : p) sum -= one > 0 ? one * std::log(one) : 0;
  return sum;
}

Estimate estimate_of(TaskKind task, const std::vector<std::vector<double>>& passes) {
  PassAverage average(task);
  for (const auto& pass : passes) average.add(row(pass));
  return average.estimate();
}

TEST(PassAverage, PassesThatAgreeHaveEntropyButNoInformation) {
  const Estimate estimate = estimate_of(TaskKind::Classification, {{0.5, 0.25, 0.25}, {0.5, 0.25, 0.25}});
  EXPECT_DOUBLE_EQ(estimate.entropy.item<double>(), 1.5 * std::log(2.0));
  EXPECT_DOUBLE_EQ(estimate.mutual_information.item<double>(), 0);
  EXPECT_FALSE(estimate.deviation.defined());
}

TEST(PassAverage, PassesThatAreSureOfDifferentClassesAreAllInformation) {
  const Estimate estimate = estimate_of(TaskKind::Classification, {{1, 0}, {0, 1}});
  EXPECT_DOUBLE_EQ(estimate.entropy.item<double>(), std::log(2.0));
  EXPECT_DOUBLE_EQ(estimate.mutual_information.item<double>(), std::log(2.0));
}

TEST(PassAverage, IsTheFormula) {
  const std::vector<std::vector<double>> passes = {{0.7, 0.2, 0.1}, {0.3, 0.3, 0.4}, {0.05, 0.9, 0.05}};
  std::vector<double> mean(3);
  double inner = 0;
  for (const auto& pass : passes) {
    for (std::size_t c = 0; c < 3; ++c) mean[c] += pass[c] / 3;
    inner += entropy(pass) / 3;
  }
  const Estimate estimate = estimate_of(TaskKind::Classification, passes);
  EXPECT_NEAR(estimate.entropy.item<double>(), entropy(mean), 1e-12);
  EXPECT_NEAR(estimate.mutual_information.item<double>(), entropy(mean) - inner, 1e-12);
}

TEST(PassAverage, EachLabelIsAQuestionOfItsOwn) {
  const Estimate estimate = estimate_of(TaskKind::MultiLabel, {{0.5, 1}, {0.5, 0}});
  EXPECT_NEAR(estimate.entropy.sum().item<double>(), 2 * std::log(2.0), 1e-12);
  EXPECT_NEAR(estimate.mutual_information[0][0].item<double>(), 0, 1e-12);
  EXPECT_NEAR(estimate.mutual_information[0][1].item<double>(), std::log(2.0), 1e-12);
}

TEST(PassAverage, NumbersHaveAMeanAndADeviation) {
  const Estimate estimate = estimate_of(TaskKind::Regression, {{1, 5}, {2, 5}, {6, 5}});
  EXPECT_TRUE(at::equal(estimate.values, row({3, 5})));
  EXPECT_NEAR(estimate.deviation[0][0].item<double>(), std::sqrt(14.0 / 3), 1e-12);
  EXPECT_DOUBLE_EQ(estimate.deviation[0][1].item<double>(), 0);
  EXPECT_FALSE(estimate.entropy.defined());
}

}  // namespace
}  // namespace nas
