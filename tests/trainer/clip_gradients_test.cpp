#include "trainer/clip_gradients.h"

#include <ATen/ops/full.h>
#include <gtest/gtest.h>

#include <vector>

namespace nas {
namespace {

std::vector<at::Tensor> gradients() { return {at::full({2, 2}, 3, at::kFloat), at::full({4}, 4, at::kFloat)}; }

TEST(ClipGradients, ScalesAllByTheNormOfAll) {
  // The norm is sqrt(4 * 9 + 4 * 16) = 10.
  const std::vector<at::Tensor> scaled = gradients();
  clip_gradients(scaled, 2.5);
  EXPECT_NEAR(scaled[0].max().item<double>(), 0.75, 1e-6);
  EXPECT_NEAR(scaled[1].min().item<double>(), 1, 1e-6);
}

TEST(ClipGradients, LeavesSmallOnesToTheBit) {
  const std::vector<at::Tensor> kept = gradients();
  clip_gradients(kept, 10.1);
  for (std::size_t i = 0; i < kept.size(); ++i) EXPECT_TRUE(kept[i].equal(gradients()[i]));
}

}  // namespace
}  // namespace nas
