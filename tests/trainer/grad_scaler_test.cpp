#include "trainer/grad_scaler.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <limits>

namespace nas {
namespace {

at::Tensor ones() { return at::full({3}, 1, at::kFloat); }

double unscaled(GradScaler& scaler, const std::vector<at::Tensor>& gradients) {
  const double overflow = scaler.unscale(gradients).item<double>();
  scaler.update();
  return overflow;
}

TEST(GradScaler, ScalesTheLossAndTheGradientsBack) {
  GradScaler scaler(at::kCPU);
  EXPECT_EQ(scaler.scaled(at::full({}, 2, at::kFloat)).item<double>(), 2 * 65536);
  const std::vector<at::Tensor> gradients = {ones().mul(65536), ones().mul(3 * 65536)};
  EXPECT_EQ(unscaled(scaler, gradients), 0);
  EXPECT_TRUE(gradients[0].equal(ones()));
  EXPECT_TRUE(gradients[1].equal(ones().mul(3)));
}

TEST(GradScaler, HalvesAfterAGradientThatIsNotFinite) {
  GradScaler scaler(at::kCPU);
  for (const double bad : {std::numeric_limits<double>::infinity(), std::numeric_limits<double>::quiet_NaN()}) {
    const double before = scaler.scale();
    EXPECT_EQ(unscaled(scaler, {ones(), ones().mul(bad)}), 1);
    EXPECT_EQ(scaler.scale(), before / 2);
    EXPECT_EQ(unscaled(scaler, {ones()}), 0) << "the next step is judged by itself";
  }
}

TEST(GradScaler, DoublesAfterTwoThousandGoodSteps) {
  GradScaler scaler(at::kCPU);
  for (int i = 0; i < 1999; ++i) unscaled(scaler, {ones()});
  EXPECT_EQ(scaler.scale(), 65536);
  unscaled(scaler, {ones()});
  EXPECT_EQ(scaler.scale(), 2 * 65536);
}

}  // namespace
}  // namespace nas
