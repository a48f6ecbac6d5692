#include "experiments/search/work_order.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/experiments/config_files.h"

namespace nas {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class WorkOrders : public ConfigFiles {
 protected:
  /// What a rank gets for an experiment on the folder's images.
  [[nodiscard]] WorkOrder received() const {
    const LoadedExperiment experiment = load(
        "space: s.yaml\nevaluations: 4\nobjectives: [{maximize: val_accuracy}]\nevaluator: train\n"
        "data: {set: idx, folder: images, validation: 50}\n");
    WorkOrder order;
    order.config = experiment.config;
    order.space_name = "s.yaml";
    order.data = experiment.data;
    auto decoded = decode_work_order(encode(order));
    EXPECT_TRUE(decoded) << decoded.error().message;
    return decoded ? *decoded : WorkOrder{};
  }
  void SetUp() override { write("s.yaml", "space: s\n"); }
};

TEST_F(WorkOrders, ARankFindsTheDataOfRankZero) {
  const WorkOrder order = received();
  ASSERT_TRUE(order.data);
  EXPECT_EQ(order.data->train, 170);
  EXPECT_EQ(order.data->validation, 50);
  EXPECT_EQ(order.data->available, 220);
  EXPECT_TRUE(check_data_here(order));
}

TEST_F(WorkOrders, AHostWithoutTheDataSaysSo) {
  const WorkOrder order = received();
  std::filesystem::remove_all(folder_ / "images");
  const Result<Unit> checked = check_data_here(order);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, StartsWith("data.folder: "));
}

TEST_F(WorkOrders, AHostWithOtherDataSaysSo) {
  WorkOrder order = received();
  order.data->available = 60000;
  const Result<Unit> checked = check_data_here(order);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("220 of 220 records"));
  EXPECT_THAT(checked.error().message, HasSubstr("220 of 60000 records"));
}

}  // namespace
}  // namespace nas
