#include "trainer/weight_average.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace nas {
namespace {

std::vector<NamedTensor> two_tensors() {
  return {{"a", at::full({3}, 1, at::kFloat)}, {"b", at::full({2, 2}, -4, at::kFloat)}};
}

double first(const at::Tensor& tensor) { return tensor.flatten()[0].item<double>(); }

TEST(WeightAverage, IsItsFormula) {
  constexpr double kDecay = 0.4;
  const std::vector<NamedTensor> tensors = two_tensors();
  WeightAverage average(tensors, kDecay);
  double expected = 1;
  for (int n = 1; n <= 30; ++n) {
    at::Tensor(tensors[0].tensor).fill_(n);
    average.update(n);
    const double decay = std::min(kDecay, (1.0 + n) / (10 + n));
    expected = decay * expected + (1 - decay) * n;
    EXPECT_NEAR(first(average.state()[0].tensor), expected, 1e-5 * expected) << n;
    EXPECT_EQ(first(average.state()[1].tensor), -4) << "what does not change is its own average";
  }
  EXPECT_EQ(average.state()[0].name, "ema.a");
}

TEST(AveragedWeights, AreInTheNetworksMemoryWhileTheyLive) {
  const std::vector<NamedTensor> tensors = two_tensors();
  const void* const memory = tensors[0].tensor.const_data_ptr();
  WeightAverage average(tensors, 0.5);
  at::Tensor(tensors[0].tensor).fill_(9);
  {
    const AveragedWeights averaged(&average);
    EXPECT_EQ(first(tensors[0].tensor), 1);
    EXPECT_EQ(tensors[0].tensor.const_data_ptr(), memory);
  }
  EXPECT_EQ(first(tensors[0].tensor), 9);
  EXPECT_EQ(first(average.state()[0].tensor), 1);
  const AveragedWeights none(nullptr);
  EXPECT_EQ(first(tensors[0].tensor), 9);
}

}  // namespace
}  // namespace nas
