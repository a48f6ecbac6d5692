#include "trainer/energy_model.h"

#include <gtest/gtest.h>

namespace nas {
namespace {

/// 2x4x4 -> conv 3x3, 5 channels, no bias (90 weights, 1440 MACs) -> relu -> flatten -> linear, 3 outputs and a bias.
Network small_network() {
  Network network = make_network({.channels = 2, .dims = 2, .size = {4, 4, 1}});
  Attributes conv{.channels = 5, .kernel = {3, 3, 1}, .pad_low = {1, 1, 0}, .pad_high = {1, 1, 0}};
  const auto convolved = add_node(network, Op::Conv, conv, {0});
  const auto rectified = add_node(network, Op::Relu, {}, {*convolved});
  const auto flat = add_node(network, Op::Flatten, {}, {*rectified});
  EXPECT_TRUE(add_node(network, Op::Linear, {.channels = 3, .bias = true}, {*flat}).ok());
  return network;
}

TEST(NetworkWork, CountsWhatRuns) {
  const NetworkWork work = network_work(small_network(), Phase::Inference);
  EXPECT_EQ(work.macs, 90 * 16 + 80 * 3);
  EXPECT_EQ(work.moved, (32 + 80) + (80 + 80) + (80 + 3)) << "flatten is another name";
  EXPECT_EQ(work.weights, 90 + 80 * 3 + 3);
  const Cost cost = count_cost(small_network());
  EXPECT_EQ(work.macs, static_cast<double>(cost.macs));
  EXPECT_EQ(work.weights, static_cast<double>(cost.params));
}

TEST(NetworkWork, AuxiliaryHeadsAreWorkOfTrainingAlone) {
  Network network = small_network();
  const std::int32_t output = network.output;
  const auto head = add_node(network, Op::GlobalAveragePool, {}, {1});
  ASSERT_TRUE(add_exit(network, {.name = "head", .node = *head, .auxiliary = true}).ok());
  network.output = output;
  EXPECT_EQ(network_work(network, Phase::Inference), network_work(small_network(), Phase::Inference));
  EXPECT_EQ(network_work(network, Phase::Training).moved, network_work(small_network(), Phase::Training).moved + 85);
}

TEST(EnergyConstants, AreHorowitz) {
  const EnergyConstants fp32 = energy_constants({}, "fp32");
  EXPECT_DOUBLE_EQ(fp32.mac_joules, 4.6e-12);
  EXPECT_DOUBLE_EQ(fp32.byte_joules * 8, 1.95e-9) << "the middle of 1.3 and 2.6 nJ for 64 bits";
  EXPECT_EQ(fp32.element_bytes, 4);
  EXPECT_DOUBLE_EQ(energy_constants({}, "bf16").mac_joules, 2.0e-12);
  EXPECT_EQ(energy_constants({}, "fp16").element_bytes, 2);
  EXPECT_EQ(energy_constants({}, "tf32").element_bytes, 4);
  const EnergyConstants own = energy_constants({.mac_pj = 7, .byte_pj = 11, .static_watts = 13}, "bf16");
  EXPECT_DOUBLE_EQ(own.mac_joules, 7e-12);
  EXPECT_DOUBLE_EQ(own.byte_joules, 11e-12);
  EXPECT_EQ(own.static_watts, 13);
  EXPECT_EQ(own.element_bytes, 2);
}

constexpr NetworkWork kWork{.macs = 1000, .moved = 200, .weights = 50};
constexpr EnergyConstants kConstants{.mac_joules = 2, .byte_joules = 3, .static_watts = 7};

TEST(ModelledInference, ByHand) {
  // 1000 * 2 + (200 * 4 + 50 * 4) * 3 = 5000; 0.5 s of 7 W.
  EXPECT_EQ(modelled_inference(kWork, kConstants, 1, 0.5), (Energy{5000, 5003.5}));
  // Weights are read once for ten records: (800 + 20) * 3.
  EXPECT_EQ(modelled_inference(kWork, kConstants, 10, 5), (Energy{4460, 4463.5}));
  EnergyConstants half = kConstants;
  half.element_bytes = 2;
  EXPECT_EQ(modelled_inference(kWork, half, 1, 0).joules, 2000 + (400 + 200) * 3);
}

TEST(ModelledTraining, ByHand) {
  const TrainingAmount amount{.records = 64, .steps = 4, .seconds = 10, .states = 1};
  // 64 records, 3 passes each: 192 * (1000 * 2 + 800 * 3); weights: 4 steps * (3 + 3 + 2) * 200 bytes * 3.
  EXPECT_EQ(modelled_training(kWork, kConstants, amount), (Energy{844'800 + 19'200, 864'070}));
  TrainingAmount saving = amount;
  saving.recomputed_share = 0.5;
  saving.micro_batches = 2;
  // 224 * 4400; 4 * (2 * 3.5 + 5) * 600.
  EXPECT_EQ(modelled_training(kWork, kConstants, saving).joules, 985'600 + 28'800);
}

TEST(OptimizerStates, AreWhatTheOptimiserKeeps) {
  EXPECT_EQ(optimizer_states({.optimizer = "sgd", .momentum = 0.9}), 1);
  EXPECT_EQ(optimizer_states({.optimizer = "sgd", .momentum = 0}), 0);
  EXPECT_EQ(optimizer_states({.optimizer = "adamw", .momentum = 0.9}), 2);
  EXPECT_EQ(optimizer_states({.optimizer = "rmsprop", .momentum = 0.9, .ema_decay = 0.9}), 3);
}

TEST(EnergyMetricNames, AreThereWhereASourceIs) {
  EXPECT_TRUE(energy_metric_names({}).empty());
  EXPECT_EQ(energy_metric_names({.source = "model"}).size(), 6u);
}

}  // namespace
}  // namespace nas
