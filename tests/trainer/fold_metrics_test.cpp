#include "trainer/fold_metrics.h"

#include <gmock/gmock.h>

#include <cmath>

namespace nas {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(CombineFolds, MeansWithTheDeviationOfASample) {
  // 2, 4, 9: mean 5, squares 9 + 1 + 16 = 26, divided by 2.
  const std::vector<Metrics> folds = {{{"val_loss", 2}, {"val_loss.early", 1}, {"train_loss", 3}},
                                      {{"val_loss", 4}, {"val_loss.early", 1}, {"train_loss", 5}},
                                      {{"val_loss", 9}, {"val_loss.early", 1}, {"train_loss", 10}}};
  EXPECT_THAT(combine_folds(folds),
              UnorderedElementsAre(Pair("val_loss", 5), Pair("val_loss_std", std::sqrt(13.0)),
                                   Pair("val_loss.early", 1), Pair("val_loss_std.early", 0), Pair("train_loss", 6)));
}

TEST(CombineFolds, CostsAreThoseOfAllOfThem) {
  // 3 seconds at 10 and 1 second at 30 images a second: 60 images in 4 seconds.
  const std::vector<Metrics> folds = {{{"train_seconds", 3},
                                       {"train_energy_joules", 5},
                                       {"images_per_second", 10},
                                       {"peak_memory_bytes", 7},
                                       {"micro_batches", 2}},
                                      {{"train_seconds", 1},
                                       {"train_energy_joules", 2},
                                       {"images_per_second", 30},
                                       {"peak_memory_bytes", 9},
                                       {"micro_batches", 1}}};
  EXPECT_THAT(combine_folds(folds), UnorderedElementsAre(Pair("train_seconds", 4), Pair("train_energy_joules", 7),
                                                         Pair("images_per_second", 15), Pair("peak_memory_bytes", 9),
                                                         Pair("micro_batches", 2)));
}

TEST(CombineFolds, WhatAFoldDoesNotHaveIsLeftOut) {
  EXPECT_TRUE(combine_folds(std::vector<Metrics>{{{"val_auc", 0.5}}, {}}).empty());
  EXPECT_TRUE(combine_folds(std::vector<Metrics>{{}, {{"val_auc", 0.5}}}).empty());
}

TEST(MeanCurve, AFoldThatConvergedStaysWhereItEnded) {
  const std::vector<std::vector<CurvePoint>> curves = {{{1, {{"val_loss", 4}}}, {2, {{"val_loss", 2}}}},
                                                       {{1, {{"val_loss", 8}, {"val_auc", 1}}}}};
  EXPECT_THAT(mean_curve(curves), ElementsAre(CurvePoint{1, {{"val_loss", 6}}}, CurvePoint{2, {{"val_loss", 5}}}));
}

}  // namespace
}  // namespace nas
