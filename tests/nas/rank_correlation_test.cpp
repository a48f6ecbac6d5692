#include "nas/rank_correlation.h"

#include <gtest/gtest.h>

#include <vector>

namespace nas {
namespace {

using Values = std::vector<double>;

TEST(RankCorrelation, OrderIsAllThatCounts) {
  const Values a = {0.1, 0.2, 0.3, 0.9};
  EXPECT_DOUBLE_EQ(spearman_rho(a, Values{1, 10, 100, 1000}).value(), 1);
  EXPECT_DOUBLE_EQ(kendall_tau(a, Values{1, 10, 100, 1000}).value(), 1);
  EXPECT_DOUBLE_EQ(spearman_rho(a, Values{4, 3, 2, 1}).value(), -1);
  EXPECT_DOUBLE_EQ(kendall_tau(a, Values{4, 3, 2, 1}).value(), -1);
}

TEST(RankCorrelation, TiesAsInSciPy) {
  // The examples in the documentation of scipy.stats.spearmanr and kendalltau.
  EXPECT_NEAR(spearman_rho(Values{1, 2, 3, 4, 5}, Values{5, 6, 7, 8, 7}).value(), 0.8207826816681233, 1e-15);
  EXPECT_NEAR(kendall_tau(Values{12, 2, 1, 12, 2}, Values{1, 4, 7, 1, 0}).value(), -0.47140452079103173, 1e-15);
}

TEST(RankCorrelation, WhatDoesNotVaryHasNoOrder) {
  EXPECT_FALSE(spearman_rho(Values{1, 1, 1}, Values{1, 2, 3}));
  EXPECT_FALSE(kendall_tau(Values{1, 2, 3}, Values{5, 5, 5}));
  EXPECT_FALSE(kendall_tau(Values{}, Values{}));
}

}  // namespace
}  // namespace nas
