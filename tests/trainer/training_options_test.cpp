#include "trainer/training_options.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

namespace nas {
namespace {

using ::testing::Contains;
using ::testing::Not;

TEST(TrainingOptionRows, RoundTripEveryField) {
  const TrainingOptions other{.epochs = 7,
                              .batch_size = 32,
                              .optimizer = "sgd",
                              .learning_rate = 0.5,
                              .momentum = 0.25,
                              .nesterov = false,
                              .weight_decay = 0.125,
                              .schedule = "constant",
                              .crop_padding = 4,
                              .flip = false,
                              .label_smoothing = 0.0625,
                              .threads = 3,
                              .checkpoint_epochs = 5,
                              .checkpoint_minutes = 2.5};
  TrainingOptions from = other;
  TrainingOptions to;
  ASSERT_TRUE(options_from_json(options(to), options_to_json(options(from))).ok());
  EXPECT_EQ(to, other);
}

TEST(TrainingOptionRows, DefaultsAreInRange) {
  TrainingOptions training;
  for (const Option& option : options(training)) {
    EXPECT_TRUE(set_option(option, get_option(option)).ok()) << option.name;
    EXPECT_FALSE(option.help.empty()) << option.name;
  }
  EXPECT_EQ(training, TrainingOptions{});
}

TEST(TrainingOptionRows, RefuseWhatCannotBeTrained) {
  for (const char* wrong : {R"({"epochs": 0})", R"({"batch_size": 1})", R"({"learning_rate": -0.1})",
                            R"({"momentum": 1.5})", R"({"schedule": "linear"})", R"({"optimizer": "adam"})",
                            R"({"threads": 0})", R"({"label_smoothing": 2})", R"({"learning_rat": 0.1})"}) {
    TrainingOptions training;
    EXPECT_FALSE(options_from_json(options(training), nlohmann::json::parse(wrong)).ok()) << wrong;
  }
}

TEST(HyperparameterNames, AreOptionsThatChangeTheTraining) {
  TrainingOptions training;
  std::set<std::string> all;
  for (const Option& option : options(training)) all.insert(option.name);
  for (const std::string& name : hyperparameter_names()) EXPECT_TRUE(all.contains(name)) << name;
  EXPECT_EQ(hyperparameter_names().size() + 4, all.size());
  EXPECT_THAT(hyperparameter_names(), Not(Contains("epochs")));
  EXPECT_THAT(hyperparameter_names(), Not(Contains("threads")));
  EXPECT_THAT(hyperparameter_names(), Not(Contains("checkpoint_epochs")));
}

TEST(MetricNames, TheCurveIsPartOfTheResult) {
  for (const std::string& name : curve_metric_names()) EXPECT_THAT(trained_metric_names(), Contains(name));
}

}  // namespace
}  // namespace nas
