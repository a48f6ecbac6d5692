#include "trainer/latency.h"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

namespace nas {
namespace {

TEST(Latency, IsTheMedianAndTheDistanceOfTheQuartiles) {
  const Latency odd = latency_of({9, 1, 3, 100, 2});  // 1 2 3 9 100
  EXPECT_DOUBLE_EQ(odd.median_ms, 3);
  EXPECT_DOUBLE_EQ(odd.spread_ms, 9 - 2);
  const Latency even = latency_of({4, 1, 2, 8});  // 1 2 4 8: quartiles 1.75 and 5
  EXPECT_DOUBLE_EQ(even.median_ms, 3);
  EXPECT_DOUBLE_EQ(even.spread_ms, 5 - 1.75);
  EXPECT_DOUBLE_EQ(latency_of({7}).median_ms, 7);
  EXPECT_DOUBLE_EQ(latency_of({7}).spread_ms, 0);
}

TEST(Latency, IsMeasuredOnlyWhereItIsAskedFor) {
  Network network = make_network({.channels = 3, .dims = 2, .size = {5, 5, 1}});
  ASSERT_TRUE(add_node(network, Op::BatchNorm, {}, {0}).ok());
  const TorchNetwork module(network, 1, at::kCPU);
  EXPECT_TRUE(latency_metrics(module, network.shape_of(0), {}, at::kCPU).empty());
  EXPECT_TRUE(latency_metric_names({}).empty());
  const TrainingOptions asked{.latency_batch = 4};
  const Metrics metrics = latency_metrics(module, network.shape_of(0), asked, at::kCPU);
  std::vector<std::string> names = latency_metric_names(asked);
  EXPECT_EQ(metrics.size(), names.size());
  for (const std::string& name : names) {
    ASSERT_TRUE(metrics.contains(name)) << name;
    EXPECT_GE(metrics.at(name), 0) << name;
  }
  EXPECT_GT(metrics.at("latency_ms"), 0);
  for (const NamedTensor& buffer : module.buffers()) {
    const bool is_mean = buffer.name.ends_with("running_mean");
    EXPECT_TRUE(buffer.tensor.eq(is_mean ? 0 : 1).all().item<bool>()) << buffer.name << " is as it was";
  }
}

}  // namespace
}  // namespace nas
