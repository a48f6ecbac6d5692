#include "trainer/training_options.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <set>

#include "trainer/training_check.h"

namespace nas {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(TrainingOptionRows, RoundTripEveryField) {
  const TrainingOptions other{
      .epochs = 7,
      .batch_size = 32,
      .optimizer = "rmsprop",
      .learning_rate = 0.5,
      .momentum = 0.25,
      .nesterov = false,
      .beta1 = 0.75,
      .beta2 = 0.875,
      .rms_decay = 0.625,
      .epsilon = 0.0078125,
      .rms_form = "tensorflow",
      .weight_decay = 0.125,
      .decay_all = true,
      .clip_norm = 5,
      .ema_decay = 0.96875,
      .schedule = "step",
      .warmup_epochs = 1.5,
      .step_epochs = 2.25,
      .step_factor = 0.375,
      .drop_path_schedule = "linear",
      .patience = 6,
      .precision = "bf16",
      .loss = "dice",
      .label_smoothing = 0.0625,
      .class_weights = "balanced",
      .augmentation = {.crop_padding = 4,
                       .flip = false,
                       .quarter_turns = true,
                       .time_shift = 7,
                       .colour_jitter = 0.25,
                       .input_noise = 0.5,
                       .cutout = 3,
                       .mixup = 0.75},
      .threads = 3,
      .recompute = "all",
      .recompute_every = 9,
      .accumulate = "allow",
      .memory_gib = 1.5,
      .latency_batch = 6,
      .energy = {.source = "rapl", .batch = 7, .mac_pj = 2.5, .byte_pj = 8.5, .static_watts = 0.5},
      .mc_dropout = 12,
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
  for (const char* wrong :
       {R"({"epochs": 0})", R"({"batch_size": 1})", R"({"learning_rate": -0.1})", R"({"momentum": 1.5})",
        R"({"schedule": "linear"})", R"({"optimizer": "adam"})", R"({"threads": 0})", R"({"ema_decay": 1})",
        R"({"step_epochs": 0})", R"({"patience": -1})", R"({"precision": "fp8"})", R"({"beta2": 1})",
        R"({"clip_norm": -1})", R"({"label_smoothing": 2})", R"({"learning_rat": 0.1})"}) {
    TrainingOptions training;
    EXPECT_FALSE(options_from_json(options(training), nlohmann::json::parse(wrong)).ok()) << wrong;
  }
}

TEST(HyperparameterNames, AreOptionsThatChangeTheTraining) {
  TrainingOptions training;
  std::set<std::string> all;
  for (const Option& option : options(training)) all.insert(option.name);
  for (const std::string& name : hyperparameter_names()) EXPECT_TRUE(all.contains(name)) << name;
  EXPECT_EQ(hyperparameter_names().size() + 15, all.size());
  EXPECT_THAT(hyperparameter_names(), Not(Contains("epochs")));
  EXPECT_THAT(hyperparameter_names(), Not(Contains("threads")));
  EXPECT_THAT(hyperparameter_names(), Not(Contains("checkpoint_epochs")));
}

TEST(MetricNames, TheCurveIsPartOfTheResult) {
  for (const TaskRow& task : tasks()) {
    const auto trained = trained_metric_names(task.kind);
    for (const std::string& name : curve_metric_names(task.kind)) EXPECT_THAT(trained, Contains(name));
    EXPECT_EQ(trained.size(), curve_metric_names(task.kind).size() + 3);
    EXPECT_EQ(exit_metric_names(task.kind).size(), task.metrics.size() + 1);
  }
}

TEST(MetricNames, OfUncertaintyAreThereWhereItIsAskedFor) {
  const TrainingOptions asked{.mc_dropout = 5};
  for (const TaskRow& task : tasks()) {
    EXPECT_TRUE(mc_dropout_metric_names({}, task.kind).empty());
    EXPECT_TRUE(fold_metric_names(task.kind, 0).empty());
    const bool numbers = task.kind == TaskKind::Regression || task.kind == TaskKind::Restoration;
    const auto names = mc_dropout_metric_names(asked, task.kind);
    EXPECT_EQ(names.size(), task.metrics.size() + (numbers ? 2 : 3));
    EXPECT_THAT(names, Contains(numbers ? "mc_deviation" : "mc_mutual_information"));
    EXPECT_THAT(fold_metric_names(task.kind, 3), Contains("val_loss_std"));
  }
}

TEST(TrainingCheck, PassesWithDropoutNeedADropoutBeforeTheOutput) {
  const auto network = [](double rate, bool on_the_way) {
    Network made = make_network({.channels = 4});
    const std::int32_t dropped = add_node(made, Op::Dropout, {.rate = rate}, {0}).value();
    made.output = add_node(made, Op::Linear, {.channels = 2}, {on_the_way ? dropped : 0}).value();
    return made;
  };
  const TrainingOptions asked{.mc_dropout = 5};
  EXPECT_FALSE(check_sampling(asked, network(0.5, true)));
  EXPECT_FALSE(check_sampling({}, network(0.5, false)));
  for (const Network& without : {network(0, true), network(0.5, false)}) {
    const auto error = check_sampling(asked, without);
    ASSERT_TRUE(error);
    EXPECT_THAT(error->message, AllOf(StartsWith("training.mc_dropout: 5 passes"), HasSubstr("no dropout")));
  }
}

TEST(TrainingCheck, SaysWhatTheDataCanNotBeTrainedBy) {
  const DataDescription images{.task = TaskKind::Classification,
                               .input = {.channels = 1, .dims = 2, .size = {4, 5, 1}},
                               .classes = 3,
                               .output = {.channels = 3},
                               .train = 100,
                               .validation = 10,
                               .available = 110};
  DataDescription signals = images;
  signals.input = {.channels = 1, .dims = 1, .size = {9, 1, 1}};
  signals.task = TaskKind::Regression;
  const auto message = [](const DataDescription& data, auto&& change) {
    TrainingOptions training{.batch_size = 100};
    change(training);
    const auto error = check_training(training, data);
    return error ? error->message : std::string("no error");
  };
  using Options = TrainingOptions;
  EXPECT_EQ(message(images, [](Options&) {}), "no error");
  EXPECT_EQ(message(signals, [](Options&) {}), "no error") << "defaults for images are passed over";
  EXPECT_THAT(message(images, [](Options& o) { o.batch_size = 101; }),
              AllOf(StartsWith("training.batch_size: 101"), HasSubstr("100 training records")));
  EXPECT_THAT(message(images, [](Options& o) { o.mc_dropout = 1; }), StartsWith("training.mc_dropout: 1 pass"));
  EXPECT_EQ(message(images, [](Options& o) { o.mc_dropout = 2; }), "no error");
  EXPECT_THAT(message(images, [](Options& o) { o.loss = "mse"; }),
              AllOf(StartsWith("training.loss: mse"), HasSubstr("cross_entropy")));
  EXPECT_EQ(message(signals, [](Options& o) { o.loss = "l1"; }), "no error");
  EXPECT_THAT(message(signals, [](Options& o) { o.label_smoothing = 0.1; }), StartsWith("training.label_smoothing: "));
  EXPECT_THAT(message(signals, [](Options& o) { o.class_weights = "balanced"; }), StartsWith("training.class_weights"));
  EXPECT_EQ(message(images, [](Options& o) { o.warmup_epochs = 2.5; }), "no error");
  EXPECT_THAT(message(images, [](Options& o) { o.warmup_epochs = 3; }),
              AllOf(StartsWith("training.warmup_epochs: 3 of 3 epochs"), HasSubstr("try 0.3")));
  EXPECT_THAT(message(images,
                      [](Options& o) {
                        o.warmup_epochs = 1;
                        o.schedule = "one_cycle";
                      }),
              AllOf(StartsWith("training.warmup_epochs: 1"), HasSubstr("one_cycle")));
  EXPECT_THAT(message(images, [](Options& o) { o.augmentation.quarter_turns = true; }), HasSubstr("square images"));
  EXPECT_THAT(message(images, [](Options& o) { o.augmentation.time_shift = 1; }), StartsWith("training.time_shift"));
  EXPECT_EQ(message(signals, [](Options& o) { o.augmentation.time_shift = 1; }), "no error");
  EXPECT_THAT(message(signals, [](Options& o) { o.augmentation.cutout = 1; }), StartsWith("training.cutout"));
  EXPECT_THAT(message(signals, [](Options& o) { o.augmentation.colour_jitter = 1; }), StartsWith("training.colour"));
}

}  // namespace
}  // namespace nas
